// A provider's day: a dispatcher has the day after tomorrow planned, gives a visit to somebody else with the mouse and with the
// keyboard, is told why something does not fit, takes it back, publishes; somebody falls ill; a second dispatcher's
// screen follows, and what it holds open is told to be old.
import assert from 'node:assert/strict';
import { api } from '../harness/orders.mjs';

// From half past eight in the evening on, tomorrow is planned by itself.
const DAY = new Date(Date.now() + 48 * 3600_000).toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
const at = (clock) => `${DAY}T${clock}:00+08:00`;
/** Item and window: single visits, one for two, and one that comes in late. */
const WANTED = [
  ['bath', '08:30', '10:00'], ['cleaning', '09:00', '11:00'], ['bath-bed', '14:00', '15:00'], ['walk', '10:00', '12:00'],
  ['company', '15:30', '17:00'], ['vitals', '13:30', '15:00'], ['shopping', '09:30', '11:30'], ['rehab', '16:00', '17:00'],
];

async function place(agent, elders, provider, [item, from, to]) {
  for (;;) {
    const elder = elders.shift();
    const order = { elder: elder.key, item, provider, channel: 'phone', window_start: at(from), window_end: at(to) };
    try { return await api(agent, '/api/v1/orders', order); } catch (error) { if (elders.length < 2) throw error; }
  }
}

/** Waits for what jobs do. */
async function drafted(t, page, number) {
  await t.until(`version ${number} is there`, async () => {
    await page.goto(`/roster?day=${DAY}`);
    return (await page.getByText(`第 ${number} 版方案`).count()) > 0;
  }, { withinMs: 40_000 });
}

export default async function (t) {
  const server = await t.startServer();
  const dispatcher = await t.open(`${server.url}/`);
  await t.login(dispatcher, 'dispatcher');
  const { provider } = (await api(dispatcher, '/api/v1/orders')).items[0];
  const agent = await t.open(`${server.url}/`);
  await t.login(agent, 'agent');
  const elders = (await api(agent, '/api/v1/elders?size=100')).items;

  await dispatcher.goto(`/roster?day=2031-01-01`);
  await dispatcher.getByText('这一天还没有要上门的工单').waitFor();
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'roster-empty');

  const orders = [];
  for (const wanted of WANTED) orders.push(await place(agent, elders, provider, wanted));
  await dispatcher.getByRole('link', { name: '日程排班' }).click();
  await dispatcher.goto(`/roster?day=${DAY}`);
  await dispatcher.getByText('还没有方案').waitFor();
  await dispatcher.getByRole('button', { name: '计算方案' }).click();
  await t.until('the draft shows itself', async () => (await dispatcher.getByText('第 1 版方案').count()) > 0, { withinMs: 40_000 });
  assert.ok((await dispatcher.locator('.rlane .v').count()) >= WANTED.length + 1, 'a visit by two stands in two rows');
  // The demo city has streets: the plan goes along them and says whose they are.
  await dispatcher.locator('.rways', { hasText: '沿路网算' }).getByText('虚构的城市').waitFor();
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'roster');

  // The panel of a visit: what the mouse can, the keyboard can.
  const plan = (await api(dispatcher, `/api/v1/roster/plans?day=${DAY}`)).items[0];
  const whole = await api(dispatcher, `/api/v1/roster/plans/${plan.key}`);
  const mine = (order) => `.rlane .v[data-visit="${order.key ? idOf(order) : order}.0"]`;
  const idOf = (order) => whole.rounds.flatMap((round) => round.visits).find((visit) => startsAs(visit, order)).order;
  const startsAs = (visit, order) => visit.start >= order.window_start && visit.part === 0
    && new Date(visit.end) - new Date(visit.start) === order.minutes * 60_000 && visit.start <= order.window_end;
  const single = whole.rounds.flatMap((round) => round.visits.map((visit) => ({ ...visit, worker: round.worker })))
    .filter((visit) => !whole.rounds.flatMap((r) => r.visits).some((other) => other.order === visit.order && other.part === 1));
  const one = single[0];
  await dispatcher.locator(mine(one.order)).click();
  await dispatcher.getByRole('heading', { name: /分钟/ }).first().waitFor();
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'roster-visit');
  await dispatcher.locator('#chosen').getByRole('button', { name: '锁定' }).click();
  await dispatcher.locator('#chosen .sign', { hasText: '已锁定' }).waitFor();

  // Too early for the elder: the answer says so and nothing moves.
  t.expectErrors(/409/);
  await dispatcher.locator('#move-at').fill('05:00');
  await dispatcher.locator('#chosen').getByRole('button', { name: '改派' }).click();
  await dispatcher.locator('#toasts').getByText('和老人约的是').waitFor();
  await t.axe(dispatcher);

  // The mouse: to another row.
  const lanes = dispatcher.locator('.rlane');
  const target = lanes.nth((await lanes.count()) - 1);
  const before = await dispatcher.locator(mine(one.order)).evaluate((block) => block.closest('.rlane').dataset.worker);
  await dispatcher.locator(mine(one.order)).scrollIntoViewIfNeeded();
  await dispatcher.evaluate(([from, to]) => {
    const block = document.querySelector(from), lane = document.querySelectorAll('.rlane')[to];
    const data = new DataTransfer(), box = block.getBoundingClientRect(), row = lane.getBoundingClientRect();
    const fire = (on, type, x, y) => on.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data, clientX: x, clientY: y }));
    fire(block, 'dragstart', box.left + 2, box.top + 2);
    fire(lane, 'dragover', box.left + 2, row.top + 9);
    fire(lane, 'drop', box.left + 2, row.top + 9);
  }, [mine(one.order), (await lanes.count()) - 1]);
  const worker = await target.getAttribute('data-worker');
  const now = () => dispatcher.locator(mine(one.order)).evaluate((block) => block.closest('.rlane').dataset.worker);
  const moved = async () => (await now()) !== before || (await dispatcher.locator('#toasts').getByText(/没有这类服务的技能|抽不出时间/).count()) > 0;
  await t.until('it is with somebody else, or the answer says why not', moved, { withinMs: 8_000 });
  if ((await now()) !== before) assert.equal(await now(), worker);

  // A second dispatcher's screen follows by itself; an old form is told so.
  const second = await t.open(`${server.url}/`);
  await t.login(second, 'dispatcher');
  await second.goto(`/roster?day=${DAY}&visit=${single[1].order}.0`);
  await second.locator('#chosen').waitFor();
  const old = await second.locator('#chosen input[name=version]').first().inputValue();
  await dispatcher.goto(`/roster?day=${DAY}&visit=${single[2].order}.0`);
  await dispatcher.locator('#chosen').getByRole('button', { name: '锁定' }).click();
  await dispatcher.locator('#chosen .sign', { hasText: '已锁定' }).waitFor();
  const fresh = async () => (await second.locator('#chosen input[name=version]').first().inputValue()) !== old;
  await t.until('the other screen has the new version', fresh, { withinMs: 4_000 });
  await second.locator('#chosen input[name=version]').evaluateAll((inputs, value) => inputs.forEach((input) => { input.value = value; }), old);
  await second.locator('#chosen').getByRole('button', { name: '拿下，先不排' }).click();
  await second.locator('#toasts').getByText('方案刚被').waitFor();

  // The keyboard: fifteen minutes later, then back.
  await dispatcher.goto(`/roster?day=${DAY}`);
  const key = dispatcher.locator(mine(single[1].order));
  const title = () => dispatcher.locator(mine(single[1].order)).getAttribute('title');
  const was = await title();
  await key.focus();
  await dispatcher.keyboard.press('Alt+ArrowRight');
  const later = async () => (await title()) !== was || (await dispatcher.locator('#toasts .toast-line').count()) > 0;
  await t.until('it is later, or the answer says why not', later, { withinMs: 8_000 });
  const answered = dispatcher.waitForResponse((answer) => answer.request().method() === 'POST');
  await dispatcher.getByRole('button', { name: '撤销上一步' }).click();
  await answered;
  await t.until('the step is taken back', async () => (await title()) === was || (await dispatcher.getByText('上一步').count()) === 0, { withinMs: 8_000 });

  // Publish: the orders are offered, the caregiver's phone has them.
  await dispatcher.goto(`/roster?day=${DAY}`);
  await dispatcher.getByRole('button', { name: '发布给护理员' }).click();
  await dispatcher.getByText(/已派给护理员 \d+ 单/).waitFor({ timeout: 20_000 });
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'roster-published');
  const assigned = await api(dispatcher, `/api/v1/orders/${orders[0].key}`);
  assert.equal(assigned.stage, 'offered');

  // One click after a sick call: a new draft that changes little.
  await dispatcher.locator('#away-worker').selectOption(assigned.worker);
  await dispatcher.getByRole('button', { name: '登记并重排' }).click();
  await drafted(t, dispatcher, 2);
  await dispatcher.getByText('病假重排').waitFor();
  assert.equal(await dispatcher.locator(`.rlane[data-worker="${assigned.worker}"] .v`).count(), 0, 'nothing is left with who is ill');
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'roster-sick');

  // Something urgent comes in and is put where it fits.
  await place(agent, elders, provider, ['dosing', '11:00', '13:00']);
  await dispatcher.goto(`/roster?day=${DAY}`);
  const rows = dispatcher.locator('section[aria-labelledby=gaps-head] tbody tr');
  const gaps = await rows.count();
  assert.ok(gaps > 0, 'it stands among what is not served');
  await rows.filter({ hasText: '用药照护' }).getByRole('button', { name: '插入' }).click();
  await t.until('it is planned', async () => (await rows.count()) === gaps - 1, { withinMs: 8_000 });

  // Without the engine's search: what is in force is taken up by hand.
  await dispatcher.getByRole('button', { name: '弃用草稿' }).click();
  await dispatcher.getByRole('button', { name: '改这一版' }).click();
  await dispatcher.getByText('改版').waitFor();
  await dispatcher.goto('/roster/hours');
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'roster-hours');
  const sheet = dispatcher.waitForEvent('download');
  await dispatcher.goto(`/roster?day=${DAY}`);
  await dispatcher.getByRole('link', { name: '导出 Excel' }).click();
  assert.match((await sheet).suggestedFilename(), /日程排班/);
  await server.verify();
}
