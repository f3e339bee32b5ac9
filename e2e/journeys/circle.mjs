// The city's officer looks at the fifteen-minute circle: from afar and from near, by mouse and by keyboard; tries a
// facility, asks where to build, compares two days, takes the tables and the report. An administrator moves a facility
// and the count follows. A city without streets says what to do.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ready = (page) => page.locator('#circle-map[data-ready]').waitFor({ timeout: 60_000 });

/** The share that the page shows as a number. */
async function share(page) {
  return Number((await page.locator('.circle-share .kpi').last().innerText()).replace('%', ''));
}

/** The middle of the map on the screen. */
async function middle(page) {
  const box = await page.locator('#circle-map').boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

async function tries(page) {
  const [x, y] = await middle(page);
  await page.mouse.click(x, y);
  await page.locator('#circle-said').filter({ hasText: /这里放一处|附近没有路/ }).waitFor();
}

async function sites(page, t) {
  await page.getByLabel('新增几处').fill('2');
  await page.getByRole('button', { name: '算一算' }).click();
  await page.locator('.circle-picks li').nth(1).waitFor({ timeout: 60_000 });
  await page.locator('.circle-bound').filter({ hasText: /最多再好|已是最好/ }).waitFor();
  await t.axe(page);
  await page.getByRole('button', { name: '在地图上看' }).first().click();
  await page.locator('summary').filter({ hasText: '只比较这些地点' }).click();
  await page.getByLabel(/候选地点/).fill('这不是坐标');
  await page.getByRole('button', { name: '算一算' }).click();
  await page.getByText('第 1 行读不懂').waitFor();
  await page.getByLabel(/候选地点/).fill('');
  await page.getByRole('button', { name: '算一算' }).click();
  await page.locator('.circle-picks li').nth(1).waitFor({ timeout: 60_000 });
}

async function takesAway(page) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '导出 Excel' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /许昌市.*\.xlsx$/);
  assert.equal((await readFile(await download.path())).subarray(0, 2).toString(), 'PK');
}

/** Keeps another plan, and looks at both side by side. */
async function comparesTwo(page, t) {
  await page.getByLabel('新增几处').fill('1');
  await page.getByRole('button', { name: '算一算' }).click();
  await page.locator('#sited[data-picks]').filter({ has: page.locator('.circle-picks li:only-child') }).waitFor({ timeout: 60_000 });
  await page.getByLabel('方案名称').fill('只要一处');
  await page.getByRole('button', { name: '存为方案' }).click();
  await page.locator('.circle-plan').filter({ hasText: '只要一处' }).waitFor();
  await page.getByRole('button', { name: '比较两个方案' }).click();
  await page.getByRole('heading', { level: 1, name: '比较两个方案' }).waitFor();
  await page.locator('tbody tr').nth(3).waitFor();
  await t.axe(page);
  await t.shot(page, 'circle-compare');
  await page.goto('/circle/4110');
  await ready(page);
  await page.locator('.circle-plan').filter({ hasText: '只要一处' }).getByRole('button', { name: /删除方案/ }).click();
  await page.locator('.circle-plan').filter({ hasText: '只要一处' }).waitFor({ state: 'detached' });
  await ready(page);
}

/** Keeps what was chosen as a plan, looks at it on the map, throws it away. */
async function keepsAPlan(page, t) {
  await page.getByLabel('方案名称').fill('明年两处');
  await page.getByRole('button', { name: '存为方案' }).click();
  const plan = page.locator('.circle-plan').filter({ hasText: '明年两处' });
  await plan.getByText(/2 处，多 [\d,]+ 人/).waitFor();
  await ready(page);
  await plan.getByRole('button', { name: '在地图上看' }).click();
  await comparesTwo(page, t);
  await plan.getByRole('button', { name: /删除方案/ }).click();
  await page.getByText('还没有；算出选址后可以存下来').waitFor();
  assert.equal(await plan.count(), 0);
  await ready(page);
}

/** On paper each county has one page of A4, whoever decides on the paper. */
async function onPaper(page) {
  const sheets = await page.locator('.a4').count();
  for (const options of [{ format: 'A4' }, { preferCSSPageSize: true }]) {
    const paper = (await page.pdf({ ...options, printBackground: true })).toString('latin1');
    assert.equal(paper.match(/\/Type\s*\/Page\b/g).length, sheets, `a page each, printed with ${JSON.stringify(options)}`);
    const [, width, height] = paper.match(/\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)/).map(Number);
    assert.ok(Math.abs(width - 595) < 2 && Math.abs(height - 842) < 2, `A4, not ${width} × ${height}`);
  }
  return sheets;
}

const HAN = /\p{Script=Han}/u;

/** What of a page is ours and still Chinese; names and other data are marked. */
async function chinese(page) {
  return page.evaluate((pattern) => {
    const copy = document.querySelector('main').cloneNode(true);
    copy.querySelectorAll('[data-user], option[data-user], script, textarea').forEach((element) => element.remove());
    const labels = [...copy.querySelectorAll('[aria-label], [placeholder], [title]')]
      .flatMap((element) => ['aria-label', 'placeholder', 'title'].map((name) => element.getAttribute(name) ?? ''));
    return [copy.textContent, ...labels].flatMap((text) => text.match(new RegExp(`.{0,20}${pattern}.{0,20}`, 'u')) ?? []);
  }, HAN.source);
}

/** The same for those who chose English: page, map, siting, report. */
async function inEnglish(t, server) {
  const page = await t.open(`${server.url}/login`, { locale: 'en-US' });
  await t.login(page, 'city');
  await page.goto('/circle/4110');
  await ready(page);
  assert.deepEqual(await chinese(page), []);
  const map = page.locator('#circle-map');
  await map.focus();
  for (let step = 0; step < 5; step += 1) await page.keyboard.press('+');
  await page.keyboard.press('Enter');
  await page.locator('#circle-said').filter({ hasText: /within reach|street/ }).waitFor();
  await page.locator('#s-count').fill('2');
  await page.locator('#s-go').click();
  await page.locator('.circle-picks li').nth(1).waitFor({ timeout: 60_000 });
  assert.deepEqual(await chinese(page), []);
  await t.axe(page);
  await t.shot(page, 'circle-english', { fullPage: true });
  await page.goto('/circle/411002/print');
  assert.deepEqual(await chinese(page), []);
  assert.equal(await onPaper(page), 1);
}

export default async function (t) {
  t.expectErrors(/422/, /409/);
  const server = await t.startServer();
  const officer = await t.open(`${server.url}/`);
  await t.login(officer, 'city');
  await officer.getByRole('link', { name: '服务圈' }).click();
  await officer.getByRole('heading', { level: 1, name: '十五分钟服务圈' }).waitFor();
  await ready(officer);
  const now = await share(officer);
  assert.ok(now > 5 && now < 95, `a share of ${now} %`);
  await officer.getByText('虚构的城市 (an invented city)').waitFor();
  await t.axe(officer);
  await t.shot(officer, 'circle-city');

  // Nearer, by keyboard: streets and grounds come, the middle is tried.
  const map = officer.locator('#circle-map');
  await map.focus();
  for (let step = 0; step < 5; step += 1) await officer.keyboard.press('+');
  await officer.locator('#circle-legend:not(.is-far)').waitFor();
  await officer.keyboard.press('ArrowLeft');
  await officer.keyboard.press('Enter');
  await officer.locator('#circle-said').filter({ hasText: /这里放一处|附近没有路/ }).waitFor();
  await t.shot(officer, 'circle-near');
  await officer.keyboard.press('Escape');
  await tries(officer);
  await sites(officer, t);
  await t.shot(officer, 'circle-sited', { fullPage: true });
  await takesAway(officer);
  await keepsAPlan(officer, t);

  // Two days: a third of the facilities opened in between.
  const than = officer.getByLabel('与哪天比');
  await than.selectOption({ index: 2 });
  await officer.waitForURL(/than=/);
  const changed = await officer.locator('#circle-after').innerText();
  assert.match(changed, /\+\d/, `more are reached than before: ${changed}`);
  await ready(officer);

  // Down by the table to a county, a town; up by the way; on paper.
  await officer.locator('#inside th[scope=row] a').first().click();
  await officer.waitForURL(/\/circle\/411002\?/);
  await ready(officer);
  await t.axe(officer);
  await t.shot(officer, 'circle-county');
  await officer.locator('#circle-list button').first().click();
  await officer.getByRole('link', { name: '打印报告' }).click();
  await officer.getByRole('heading', { level: 1, name: '十五分钟服务圈报告' }).waitFor();
  await t.axe(officer);
  await t.shot(officer, 'circle-report', { fullPage: true });

  assert.equal(await onPaper(officer), 1);
  await officer.goto('/circle/4110/print');
  assert.ok(await onPaper(officer) > 5, 'the city and each county');
  await t.axe(officer);
  await inEnglish(t, server);

  // The neighbour sees nothing.
  const neighbour = await t.open(`${server.url}/`);
  t.expectErrors(/404/);
  await t.login(neighbour, 'neighbour');
  assert.equal((await neighbour.goto('/circle/411002')).status(), 404);

  // Without streets the page says what to do.
  await server.stop();
  await rm(join(server.data, 'streets'), { recursive: true });
  await server.start();
  await officer.goto('/circle/4110');
  await officer.getByText('这里没有路网').waitFor();
  await t.axe(officer);
}
