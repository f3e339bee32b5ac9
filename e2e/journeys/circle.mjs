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

/** Keeps what was chosen as a plan, looks at it on the map, throws it away. */
async function keepsAPlan(page) {
  await page.getByLabel('方案名称').fill('明年两处');
  await page.getByRole('button', { name: '存为方案' }).click();
  const plan = page.locator('.circle-plan').filter({ hasText: '明年两处' });
  await plan.getByText(/2 处，多 [\d,]+ 人/).waitFor();
  await ready(page);
  await plan.getByRole('button', { name: '在地图上看' }).click();
  await plan.getByRole('button', { name: /删除方案/ }).click();
  await page.getByText('还没有；算出选址后可以存下来').waitFor();
  assert.equal(await plan.count(), 0);
  await ready(page);
}

/** On paper a county has one page of A4. */
async function onPaper(page) {
  const counties = await page.locator('.a4').count();
  const paper = (await page.pdf({ format: 'A4', printBackground: true })).toString('latin1');
  assert.equal(paper.match(/\/Type\s*\/Page\b/g).length, counties, 'one page');
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
  await keepsAPlan(officer);

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

  await onPaper(officer);

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
