// What protects elders' data on a caregiver's phone: nothing readable on the disk, five wrong PINs, a revoked phone, the
// end of the day; and that the phone speaks English to those who chose it.
import assert from 'node:assert/strict';
import { offeredOrder } from '../harness/orders.mjs';

const PIN = '4711';
const HAN = /\p{Script=Han}/u;

const ownApi = (page, path, body) => page.evaluate(async ([path, body]) => {
  const { csrf } = await (await fetch('/api/v1/m/day')).json();
  const headers = { 'x-csrf-token': csrf, 'content-type': 'application/json' };
  return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}, [path, body]);

/** Everything in the phone's own store, as text. */
const onDisk = (page) => page.evaluate(async () => {
  const db = await new Promise((resolve) => { const open = indexedDB.open('sangyu-phone'); open.onsuccess = () => resolve(open.result); });
  const all = (name) => new Promise((resolve) => { const ask = db.transaction(name).objectStore(name).getAll(); ask.onsuccess = () => resolve(ask.result); });
  const text = (value) => (value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? new TextDecoder().decode(value) : value && typeof value === 'object' ? Object.values(value).map(text).join(' ') : String(value));
  return (await Promise.all([...db.objectStoreNames].map(all))).flat().map(text).join('\n');
});

async function choosePin(page, labels) {
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByLabel(labels.again).fill(PIN);
  await page.getByRole('button', { name: labels.save }).click();
  await page.locator('nav.tabs').waitFor();
}

const CHINESE = { again: '再输一次', save: '保存' };

async function signedIn(t, server, options = {}) {
  const page = await t.open(`${server.url}/login`, { phone: true, ...options });
  await t.login(page, 'caregiver');
  await page.goto('/m');
  return page;
}

async function fiveWrongPins(t, server) {
  const page = await signedIn(t, server);
  await choosePin(page, CHINESE);
  const { orders, worker } = await page.evaluate(async () => (await fetch('/api/v1/m/day')).json());
  // Today's visit and the offers of other days.
  assert.ok(orders.length >= 1);
  const disk = await onDisk(page);
  for (const secret of [worker, ...orders.flatMap((order) => [order.name, order.address, order.phone])].filter(Boolean)) {
    assert.ok(!disk.includes(secret), 'a person stands readable on the phone');
  }
  await page.reload();
  for (let n = 4; n >= 1; n -= 1) {
    await page.getByLabel('PIN', { exact: true }).fill('0000');
    await page.getByRole('button', { name: '打开' }).click();
    await page.locator('#wrong', { hasText: `还能试 ${n} 次` }).waitFor();
  }
  await t.axe(page);
  await page.getByLabel('PIN', { exact: true }).fill('0000');
  await page.getByRole('button', { name: '打开' }).click();
  await page.getByText('手机上的资料已清除').waitFor();
  assert.equal((await onDisk(page)).trim(), '');
}

async function revoked(t, server) {
  const page = await signedIn(t, server);
  await choosePin(page, CHINESE);
  const device = await page.evaluate(() => new Promise((resolve) => {
    indexedDB.open('sangyu-phone').onsuccess = ({ target }) => {
      target.result.transaction('meta').objectStore('meta').get('device').onsuccess = (found) => resolve(found.target.result.value);
    };
  }));
  assert.equal(await ownApi(page, '/api/v1/devices/revocations', { device }), 200);
  // The contact that tells it may be under way already: the phone then wipes itself without being opened again.
  await page.reload();
  await t.until('the phone has wiped itself', async () => {
    if (await page.getByRole('heading', { name: '设置 PIN' }).isVisible()) return true;
    if (await page.getByRole('heading', { name: '输入 PIN' }).isVisible()) {
      await page.getByLabel('PIN', { exact: true }).fill(PIN, { timeout: 500 }).catch(() => {});
      await page.getByRole('button', { name: '打开' }).click({ timeout: 500 }).catch(() => {});
    }
    return false;
  }, { withinMs: 15_000 });
}

async function endOfDay(t, server) {
  const page = await signedIn(t, server);
  await choosePin(page, CHINESE);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const context = page.context();
  await context.setOffline(true);
  await page.close();
  await context.clock.install({ time: Date.now() + 25 * 3_600_000 });
  const next = await context.newPage();
  await next.goto(`${server.url}/m`);
  await next.getByLabel('PIN', { exact: true }).fill(PIN);
  await next.getByRole('button', { name: '打开' }).click();
  await next.getByText('今天的安排还没有下载').waitFor();
  await next.getByText('没有网络，照常签到').waitFor();
}

async function inEnglish(t, server) {
  const page = await signedIn(t, server, { locale: 'en-US' });
  await choosePin(page, { again: 'Once more', save: 'Save' });
  for (const hash of ['#today', '#uploads', '#me']) {
    await page.goto(`${server.url}/m${hash}`);
    await page.locator(`nav.tabs a[href="${hash}"][aria-current=page]`).waitFor();
    const ours = await page.evaluate(() => {
      const copy = document.getElementById('app').cloneNode(true);
      copy.querySelectorAll('[data-user]').forEach((element) => element.remove());
      return copy.textContent;
    });
    assert.ok(!HAN.test(ours), `${hash}: ${ours}`);
  }
}

export default async function (t) {
  t.expectErrors(/ERR_INTERNET_DISCONNECTED/, /status of 40[13]/);
  const server = await t.startServer({ tls: true });
  await offeredOrder(t, server);
  const stranger = await t.open(`${server.url}/m`, { phone: true });
  await stranger.getByRole('heading', { name: '请先登录' }).waitFor();
  await t.axe(stranger);
  const clerk = await t.open(`${server.url}/login`);
  await t.login(clerk, 'county');
  await clerk.goto('/m');
  await clerk.getByRole('heading', { name: '这里给护理员用' }).waitFor();
  await fiveWrongPins(t, server);
  await revoked(t, server);
  await endOfDay(t, server);
  await inEnglish(t, server);
}
