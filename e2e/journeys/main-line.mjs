// The main line at the desk, on PostgreSQL with two processes: an office's sheet goes in, an agent finds somebody by
// pinyin and orders, the dispatcher on the other process sees it without reloading and assigns, a rival and the
// neighbouring county see nothing, and the journal proves it until somebody touches it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** A resident identity number with its check character (GB 11643). */
function identity(county, birth, sequence) {
  const first = `${county}${birth}${String(sequence).padStart(3, '0')}`;
  const sum = [...first].reduce((total, digit, i) => total + Number(digit) * WEIGHTS[i], 0);
  return first + '10X98765432'[sum % 11];
}

const PERSON = { name: '尉迟秀云', id: identity('411002', '19420305', 12), phone: '13800006071' };

function sheet(county) {
  const head = '姓名,证件类型,证件号码,性别,出生日期,手机,居住地区划代码,居住地址,居住状况,人员类别,紧急联系人,联系人电话,联系人关系,备忘';
  const good = `${PERSON.name},居民身份证,${PERSON.id},女,1942-03-05,${PERSON.phone},${county},榆园3号楼2单元401,独居,独居；低保,李建华,13900002206,儿子,x`;
  const bad = `王五,居民身份证,${PERSON.id.slice(0, 17)}${PERSON.id[17] === '1' ? '2' : '1'},男,1950-01-01,13800000001,${county},榆园4号楼,,,,,,`;
  return [head, good, bad].join('\n');
}

/** The demo's line for a login: its unit. */
const unit = (server, login) => new RegExp(`^\\s+${login}\\s+(.+?)（`, 'm').exec(server.demoOutput)[1];

async function imports(t, server, county) {
  const path = join(server.data, '老人档案.csv');
  await writeFile(path, sheet(county));
  const clerk = await t.open(`${server.url}/`);
  await t.login(clerk, 'county');
  await clerk.goto('/elders/import');
  await t.axe(clerk);
  await clerk.locator('input[type=file]').setInputFiles(path);
  await clerk.getByRole('button', { name: '上传并试导入' }).click();
  await clerk.getByText('试导入完成，没有写入任何数据').first().waitFor();
  await clerk.getByText('备忘').first().waitFor();
  await clerk.getByRole('cell', { name: '证件号码' }).first().waitFor();
  await t.axe(clerk);
  await t.shot(clerk, 'import-tried');
  await clerk.getByRole('button', { name: '导入 1 行' }).click();
  await clerk.getByText('导入完成').first().waitFor();
  await t.axe(clerk);
  return clerk;
}

/** The agent finds the person by the initials of a compound surname and places an order with the dispatcher's provider. */
async function orders(t, server) {
  const agent = await t.open(`${server.url}/`);
  await t.login(agent, 'agent');
  await agent.goto('/search?q=yuchixy');
  await t.axe(agent);
  await agent.getByRole('link', { name: PERSON.name }).first().click();
  await agent.getByRole('heading', { name: PERSON.name }).waitFor();
  await t.axe(agent);
  await t.shot(agent, 'elder-file');
  const key = new URL(agent.url()).pathname.split('/').pop();
  await agent.goto(`/orders/new?elder=${key}`);
  await t.axe(agent);
  const item = agent.locator('select[name=item]');
  await item.selectOption(await item.locator('option').filter({ hasText: '助洁' }).first().getAttribute('value'));
  const provider = agent.locator('select[name=provider]');
  await provider.selectOption({ label: unit(server, 'dispatcher') });
  await t.shot(agent, 'order-form');
  return { agent, key };
}

export default async function (t) {
  const first = await t.startServer({ engine: 'postgres' });
  const second = await t.startServer({ beside: first });
  const county = '411002';
  await imports(t, first, county);
  const { agent, key } = await orders(t, first);

  const dispatcher = await t.open(`${second.url}/`);
  await t.login(dispatcher, 'dispatcher');
  await dispatcher.goto('/orders');
  const rival = await t.open(`${second.url}/`);
  await t.login(rival, 'rival');
  await rival.goto('/orders');
  assert.equal(await dispatcher.getByText(PERSON.name).count(), 0);
  await agent.getByRole('button', { name: '下单' }).click();
  await t.until('the dispatcher sees the order', async () => (await dispatcher.getByText(PERSON.name).count()) > 0, { withinMs: 2_000 });
  await t.axe(dispatcher);
  assert.equal(await rival.getByText(PERSON.name).count(), 0, 'a rival sees the order');

  await dispatcher.getByRole('link', { name: PERSON.name }).first().click();
  await dispatcher.getByRole('heading', { name: '候选人' }).waitFor();
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'order-board');
  await dispatcher.getByRole('button', { name: '派单' }).first().click();
  await dispatcher.getByText('待接单').first().waitFor();

  t.expectErrors(/404/);
  const neighbour = await t.open(`${first.url}/`);
  await t.login(neighbour, 'neighbour');
  for (const path of [`/elders/${key}`, `/elders/${key}/timeline`, `/orders/new?elder=${key}`]) {
    assert.equal((await neighbour.goto(path)).status(), 404, path);
  }
  const { stdout } = await first.verify();
  assert.match(stdout, /完整无误/);
}
