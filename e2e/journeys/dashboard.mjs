// The city's officer looks at the figures: from the city down to a village by map, table and keyboard; a new order from
// another process shows within a second on the open page; the sheet comes down.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

/** Today's orders as the six figures say. */
async function placedToday(page) {
  const figure = page.locator('.figures > div').filter({ hasText: '今日工单' }).locator('.n');
  return Number((await figure.innerText()).replace(/[^0-9]/g, ''));
}

/** Opens the order form of somebody of the county, ready to be sent. */
async function orderForm(t, server) {
  const agent = await t.open(`${server.url}/`);
  await t.login(agent, 'agent');
  await agent.goto('/elders');
  const href = await agent.locator('tbody a[href^="/elders/"]').first().getAttribute('href');
  await agent.goto(`/orders/new?elder=${href.split('/').pop().split('?')[0]}`);
  const item = agent.locator('select[name=item]');
  await item.selectOption(await item.locator('option').filter({ hasText: '助洁' }).first().getAttribute('value'));
  return agent;
}

export default async function (t) {
  const first = await t.startServer({ engine: 'postgres' });
  const second = await t.startServer({ beside: first });
  const officer = await t.open(`${first.url}/`);
  await t.login(officer, 'city');
  await officer.goto('/dashboard');
  await officer.getByRole('heading', { level: 1, name: '养老服务总览' }).waitFor();
  assert.match(new URL(officer.url()).pathname, /\/dashboard\/4110$/);
  for (const county of ['魏都区', '建安区', '鄢陵县', '襄城县', '禹州市', '长葛市']) {
    await officer.locator('svg.choro').getByText(county, { exact: true }).waitFor();
  }
  await officer.getByText('示意边界，非标准地图').waitFor();
  await t.axe(officer);
  await t.shot(officer, 'dashboard');
  await officer.locator('details.as-table > summary').first().click();
  await t.axe(officer);

  const agent = await orderForm(t, second);
  const before = await placedToday(officer);
  await agent.getByRole('button', { name: '下单' }).click();
  await agent.waitForURL((url) => !url.pathname.endsWith('/new'));
  await t.until('the order is counted', async () => (await placedToday(officer)) === before + 1, { withinMs: 1_000 });

  // By keyboard on the map, then by the table, to the village.
  await officer.locator('svg.choro a[aria-label^="魏都区"]').focus();
  await officer.keyboard.press('Enter');
  await officer.waitForURL(/\/dashboard\/411002(\?|$)/);
  await t.axe(officer);
  for (const level of [/\/dashboard\/411002\d{3}(\?|$)/, /\/dashboard\/411002\d{6}(\?|$)/]) {
    await officer.locator('table th[scope=row] a[href^="/dashboard/"]').last().click();
    await officer.waitForURL(level);
    await t.axe(officer);
  }
  await t.shot(officer, 'dashboard-village');
  await officer.getByRole('navigation', { name: '位置' }).getByRole('link', { name: '许昌市' }).click();
  await officer.waitForURL(/\/dashboard\/4110(\?|$)/);

  const [download] = await Promise.all([
    officer.waitForEvent('download'),
    officer.getByRole('link', { name: '导出 Excel' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /许昌市.*\.xlsx$/);
  assert.equal((await readFile(await download.path())).subarray(0, 2).toString(), 'PK');
}
