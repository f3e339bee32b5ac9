// The widths that offices have: lists whose rows stay low, a case beside the board it was opened from, and text that is
// still there after a session ended, for the person it was typed about and nobody else.
import assert from 'node:assert/strict';

const WIDTHS = [[1024, 768], [1280, 720], [1366, 768], [1440, 900]];
/** Two lines of text and a small one. */
const ROW = 70;

const tallest = (page) => page.$$eval('table.tb tbody tr', (rows) => Math.max(...rows.map((row) => row.offsetHeight)));
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

async function lists(t, clerk) {
  for (const [width, height] of WIDTHS) {
    await clerk.setViewportSize({ width, height });
    for (const path of ['/elders', '/search?q=王', '/orders/list']) {
      await clerk.goto(path);
      assert.ok((await tallest(clerk)) <= ROW, `${path} at ${width}: a row of ${await tallest(clerk)} px`);
      assert.equal(await sideways(clerk), 0, `${path} at ${width}`);
    }
  }
}

async function board(t, dispatcher) {
  for (const [width, height] of WIDTHS) {
    await dispatcher.setViewportSize({ width, height });
    await dispatcher.goto('/orders');
    await dispatcher.locator('.oc').first().click();
    const top = await dispatcher.locator('#case').evaluate((element) => element.getBoundingClientRect().top);
    assert.ok(top < height - 150, `the case begins at ${top} of ${height} px at ${width}`);
    assert.equal(await dispatcher.evaluate(() => document.activeElement.id), 'case-head', `${width}`);
    assert.equal(await sideways(dispatcher), 0, `the board at ${width}`);
  }
}

async function drafts(t, clerk) {
  await clerk.goto('/elders');
  const [one, other] = await clerk.$$eval('table.tb tbody th a', (links) => links.map((link) => link.getAttribute('href')));
  const address = clerk.locator('[name=address]');
  await clerk.goto(`${one}/edit`);
  await address.fill('没有保存的地址 7 号');
  await clerk.goto(`${other}/edit`);
  assert.notEqual(await address.inputValue(), '没有保存的地址 7 号', 'the draft is of one person');
  await clerk.goto(`${one}/edit`);
  assert.equal(await address.inputValue(), '没有保存的地址 7 号');
  await clerk.getByText('这里是您上次没有保存的内容').waitFor();
  await t.axe(clerk);
  // The session is over when the form is sent.
  t.expectErrors(/401/);
  await clerk.context().clearCookies();
  await clerk.locator('main form.form .btn-primary').click();
  await clerk.getByRole('link', { name: '去登录' }).click();
  await clerk.getByLabel('登录名').fill('county');
  await clerk.getByLabel('密码').fill('sangyu-demo');
  await clerk.getByRole('button', { name: '登录' }).click();
  await clerk.waitForURL(`**${one}/edit`);
  assert.equal(await address.inputValue(), '没有保存的地址 7 号');
  await clerk.locator('main form.form .btn-primary').click();
  await clerk.waitForURL(`**${one}`);
  await clerk.goto(`${one}/edit`);
  assert.equal(await clerk.getByText('这里是您上次没有保存的内容').count(), 0, 'a saved form leaves no draft');
}

export default async function laptops(t) {
  const server = await t.startServer();
  const clerk = await t.open(server.url);
  await t.login(clerk, 'county');
  await lists(t, clerk);
  const dispatcher = await t.open(server.url);
  await t.login(dispatcher, 'dispatcher');
  await board(t, dispatcher);
  await drafts(t, clerk);
}
