// What a caregiver answers and reads on her phone: offers of another day, accepted and declined with a reason; what she types
// while her position ticks; a photo that no browser opens; a full disk; a step that was not accepted, told by name.
import assert from 'node:assert/strict';
import { api, offeredOrder } from '../harness/orders.mjs';

const PIN = '1357';
const DAY = 24 * 60;

async function prepared(t, server) {
  const page = await t.open(`${server.url}/login`, { phone: true });
  await t.login(page, 'caregiver');
  await page.goto('/m');
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByLabel('再输一次').fill(PIN);
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { name: /今天 \d+ 户/ }).waitFor();
  return page;
}

const stage = async (page, order) => (await api(page, `/api/v1/orders/${order.key}`)).stage;

/** Three offers: one of today, two of tomorrow; one is declined, the others are accepted together. */
async function answers(t, phone, dispatcher, { today, tomorrow, unwanted }) {
  await phone.getByRole('heading', { name: '等您接单，3 单' }).waitFor();
  await phone.locator(`[data-offer="${tomorrow.key}"]`).getByText(/明天/).first().waitFor();
  await phone.locator(`[data-offer="${tomorrow.key}"]`).getByText(/请在 .* 前答复/).waitFor();
  await t.axe(phone);
  await t.shot(phone, 'phone-offers');
  await phone.locator(`[data-decline="${unwanted.key}"]`).click();
  await t.axe(phone);
  await phone.locator('[data-reason="busy"]').click();
  await phone.locator(`[data-undo="${unwanted.key}"]`).waitFor();
  await phone.getByRole('button', { name: '全部接单，2 单' }).click();
  for (const order of [today, tomorrow]) await t.until('it is accepted', async () => await stage(dispatcher, order) === 'taken');
  await phone.getByRole('heading', { name: /^明天 \d+ 户/ }).waitFor();
  await phone.locator(`a.it[href="#visit/${tomorrow.key}"]`).waitFor();
  // What cannot be taken back once it is sent waits ten seconds.
  await t.until('it is declined', async () => await stage(dispatcher, unwanted) === 'accepted', { withinMs: 20_000 });
  await dispatcher.goto(`/orders/${unwanted.key}`);
  await dispatcher.getByText('护理员退回').first().waitFor();
}

/** The field stays the same field, and half-written characters stay half-written, however often the position ticks. */
async function types(t, phone, home) {
  await phone.getByRole('button', { name: '不对？' }).click();
  const words = phone.locator('#words');
  await words.waitFor();
  await words.evaluate((field) => { window.field = field; });
  await words.pressSequentially('门口有狗');
  await words.evaluate((field) => field.setSelectionRange(2, 2));
  for (let n = 1; n <= 5; n += 1) {
    await t.movedTo(phone.context(), { longitude: home.longitude + 0.0003 + n * 0.00001, latitude: home.latitude, accuracy: 10 + n });
    await phone.getByText(new RegExp(`定位精度 ${10 + n} 米`)).waitFor();
  }
  const kept = await words.evaluate((field) => ({ same: field === window.field, value: field.value, caret: field.selectionStart, focus: document.activeElement === field }));
  assert.deepEqual(kept, { same: true, value: '门口有狗', caret: 2, focus: true });
}

async function photographs(phone) {
  const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(64)]);
  const good = await phone.evaluate(async () => {
    const canvas = new OffscreenCanvas(80, 60);
    canvas.getContext('2d').fillRect(0, 0, 40, 60);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())];
  });
  await phone.locator('#photo').setInputFiles({ name: 'door.png', mimeType: 'image/png', buffer: Buffer.from(good) });
  await phone.getByText(/照片，\d+ KB/).waitFor();
  await phone.locator('#photo').setInputFiles({ name: 'IMG_1.HEIC', mimeType: 'image/heic', buffer: heic });
  await phone.getByText('这是 HEIC 格式的照片').first().waitFor();
  await phone.getByText('之前那张照片还在').first().waitFor();
  assert.equal(await phone.getByText(/照片，\d+ KB/).count(), 1, 'the good photo stays');
}

/** A disk that takes nothing more says so, and the step is there again once there is room. */
async function disk(phone, isFull) {
  await phone.evaluate((isFull) => {
    window.put ??= IDBObjectStore.prototype.put;
    const full = () => { throw new DOMException('no room', 'QuotaExceededError'); };
    IDBObjectStore.prototype.put = isFull ? full : window.put;
  }, isFull);
}

async function fullDisk(t, phone) {
  await disk(phone, true);
  await phone.locator('[data-act="order.check_in"]').click();
  await phone.getByText('手机存储已满，这一步没有存下').first().waitFor();
  await t.axe(phone);
  await t.shot(phone, 'phone-full');
  await disk(phone, false);
}

/** Withdrawn while she stood at the door without a network: the refusal stands on the first screen, by name. */
async function refused(t, phone, dispatcher, { order, home }) {
  await phone.context().setOffline(true);
  await phone.locator('[data-act="order.check_in"]').click();
  await phone.getByText('已存手机，待上传').waitFor();
  await api(dispatcher, `/api/v1/orders/${order.key}/withdraw`, { reason: 'rearranged', words: '' });
  await phone.context().setOffline(false);
  await phone.goto('/m#today');
  const told = phone.locator('section[role=alert]');
  await told.getByText(home.name).first().waitFor();
  await told.getByText('没有被接受').first().waitFor();
  await t.axe(phone);
  await t.shot(phone, 'phone-refused');
  for (let n = await told.getByRole('button', { name: '知道了' }).count(); n > 0; n -= 1) await told.getByRole('button', { name: '知道了' }).first().click();
  await t.until('it was read', async () => (await told.count()) === 0);
}

export default async function (t) {
  t.expectErrors(/ERR_INTERNET_DISCONNECTED/, /status of 404/);
  const server = await t.startServer({ tls: true });
  const { order: today, dispatcher } = await offeredOrder(t, server);
  const { order: tomorrow } = await offeredOrder(t, server, { inMinutes: DAY });
  const { order: unwanted } = await offeredOrder(t, server, { inMinutes: DAY + 180 });
  const phone = await prepared(t, server);
  await answers(t, phone, dispatcher, { today, tomorrow, unwanted });
  const home = (await api(phone, '/api/v1/m/day')).orders.find((visit) => visit.key === today.key);
  await t.movedTo(phone.context(), { longitude: home.longitude + 0.0003, latitude: home.latitude, accuracy: 9 });
  await phone.goto(`/m#visit/${today.key}`);
  await phone.locator('[data-act="order.check_in"][aria-disabled=false]').waitFor();
  await types(t, phone, home);
  await photographs(phone);
  await fullDisk(t, phone);
  await refused(t, phone, dispatcher, { order: today, home });
}
