// What a phone could not do: a check-in that the platform refused shows up in the dispatcher's menu without reloading;
// he enters it by hand after a call, lets another step go, and the order tells what happened.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { api, offeredOrder } from '../harness/orders.mjs';

/** Sends one command as the caregiver's phone does. */
async function sent(phone, order, seq, verb, body = {}) {
  const { csrf } = await api(phone, '/api/v1/m/day');
  return phone.evaluate(async ([csrf, command]) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json', 'x-csrf-token': csrf };
    const post = async (path, body) => (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    window.device ??= (await post('/api/v1/devices', {})).device;
    const commands = [{ ...command, device: window.device }];
    return (await post('/api/v1/commands', { device: window.device, pending: 0, commands })).answers[0];
  }, [csrf, {
    command_id: randomUUID(), seq, made_at: new Date(), offset_ms: 0, key: order.key, verb, body, files: [],
  }]);
}

export default async function (t) {
  const server = await t.startServer();
  const { order, dispatcher } = await offeredOrder(t, server);
  await dispatcher.goto('/orders');
  await dispatcher.getByRole('link', { name: '手机疑难' }).waitFor();
  const badge = dispatcher.locator('#menu .badge-of em');
  assert.equal(await badge.count(), 0, 'nothing waits yet');

  const phone = await t.open(`${server.url}/login`, { phone: true });
  await t.login(phone, 'caregiver');
  const position = { kind: 'position', at: new Date(), longitude: 113.85, latitude: 34.03, accuracy_m: 20 };
  const early = await sent(phone, order, 1, 'order.check_in', { proofs: [position], words: '' });
  assert.equal(`${early.result} ${early.code}`, 'refused order.moved');
  await t.until('the menu counts it without reloading', async () => (await badge.count()) === 1, { withinMs: 3_000 });
  await dispatcher.goto('/orders/troubles');
  await dispatcher.getByText('没有通过').waitFor();
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'troubles');
  await sent(phone, order, 2, 'order.check_out');
  const rows = dispatcher.locator('#troubles tbody tr');
  await t.until('the list refreshes itself', async () => (await rows.count()) === 2, { withinMs: 3_000 });

  await rows.first().getByRole('link').click();
  await dispatcher.getByRole('heading', { name: '替手机补录' }).waitFor();
  await dispatcher.getByText('定位，精度 20 米').waitFor();
  await t.axe(dispatcher);
  await t.shot(dispatcher, 'trouble');
  await dispatcher.getByLabel('凭什么补录').fill('与护理员和老人女儿通过电话');
  await dispatcher.getByRole('button', { name: '人工补录' }).click();
  await dispatcher.waitForURL(`**/orders/${order.key}`);
  await dispatcher.getByText('服务中').first().waitFor();
  await dispatcher.getByText('派单员补录').first().waitFor();
  await t.axe(dispatcher);

  await dispatcher.goto('/orders/troubles');
  await rows.first().getByRole('link').click();
  await dispatcher.getByLabel('误点').check();
  await dispatcher.getByRole('button', { name: '不采用这一步' }).click();
  await dispatcher.getByText('护理员手机上的每一步都已办成').waitFor();
  await t.axe(dispatcher);
  await dispatcher.goto(`/orders/${order.key}`);
  await dispatcher.getByText('手机上的一步不采用').waitFor();
  await server.verify();
}
