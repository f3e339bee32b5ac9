// A caregiver's visit without a network: check-in and check-out at the door while offline, the page killed in between,
// a clock that is seven minutes fast, every button tapped twice. Back online there is one visit, both photos, true times.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { api, offeredOrder } from '../harness/orders.mjs';

const PIN = '2580';
const SKEW_MINUTES = 7;
/** What the true times may differ by: taps, redraws and the way to the server. */
const TOLERANCE_MS = 5_000;

/** A photo out of a camera: a PNG of 1600 × 1200 stripes in one shade. */
function picture(shade) {
  const [width, height] = [1600, 1200];
  const row = Buffer.alloc(width * 3 + 1);
  const raw = Buffer.concat(Array.from({ length: height }, (_, y) => {
    row.fill((shade + Math.floor(y / 20) * 9) % 256, 1);
    return Buffer.from(row);
  }));
  const chunk = (name, content) => {
    const body = Buffer.concat([Buffer.from(name), content]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))]);
}

/** Two taps as close together as a nervous finger makes them. */
const tapTwice = (page, verb) => page.evaluate((verb) => {
  const button = document.querySelector(`[data-act="${verb}"]`);
  button.click();
  button.click();
}, verb);

/** Signs in and chooses a PIN, with a network. */
async function prepared(t, phone) {
  await t.login(phone, 'caregiver');
  await phone.goto('/m');
  await phone.getByLabel('PIN', { exact: true }).fill(PIN);
  await phone.getByLabel('再输一次').fill(PIN);
  await t.axe(phone);
  await phone.getByRole('button', { name: '保存' }).click();
  await phone.getByRole('heading', { name: /今天 \d+ 户/ }).waitFor();
  await phone.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
}

async function reopened(context, origin) {
  const page = await context.newPage();
  await page.goto(`${origin}/m`);
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByRole('button', { name: '打开' }).click();
  await page.getByRole('heading', { name: /今天 \d+ 户/ }).waitFor();
  return page;
}

const openVisit = async (page, order) => {
  await page.locator(`a[href="#visit/${order.key}"]`).first().click();
  await page.getByRole('heading', { name: new RegExp(order.item_name) }).waitFor();
};

async function photographed(page, shade) {
  await page.locator('#photo').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: picture(shade) });
  await page.getByText(/照片，\d+ KB/).waitFor();
  const size = Number(/照片，(\d+) KB/.exec(await page.locator('#main').innerText())[1]);
  assert.ok(size <= 300, `the photo has ${size} KB`);
}

/** Two taps on one spot do not end a visit: the way out stands elsewhere, and a minute is asked about. */
async function leavesTooEarly(page) {
  await tapTwice(page, 'order.check_out');
  await page.getByText(/才 \d+ 分钟，这项服务不少于 \d+ 分钟/).waitFor();
  await page.getByRole('button', { name: '还没做完，继续服务' }).click();
  await page.getByText(/服务中，已 \d+ 分钟/).waitFor();
  assert.equal(await page.locator('.bottom [data-act="order.check_out"]').count(), 0, 'not where check-in stood');
}

async function leaves(page) {
  await page.locator('[data-act="order.check_out"][aria-disabled=false]').waitFor();
  await tapTwice(page, 'order.check_out');
  const left = Date.now();
  await page.locator('[data-sure]').click();
  await page.getByText(/\d+ 秒后上传/).waitFor();
  await page.getByText('已存手机，待上传').waitFor();
  return left;
}

/** Taken back within ten seconds the visit runs on, and its photo is still there. */
async function leavesAndComesBack(page) {
  await leaves(page);
  await page.locator('#undo').click();
  await page.getByText(/服务中，已 \d+ 分钟/).waitFor();
  await page.getByText(/照片，\d+ KB/).waitFor();
}

/** Photos and other files that the server keeps. */
async function files(server) {
  const all = await readdir(join(server.data, 'files'), { recursive: true, withFileTypes: true }).catch(() => []);
  return all.filter((entry) => entry.isFile()).length;
}

const near = (told, meant, what) =>
  assert.ok(Math.abs(Date.parse(told) - meant) < TOLERANCE_MS, `${what}: ${told}, but it was ${new Date(meant).toISOString()}`);

export default async function (t) {
  t.expectErrors(/ERR_INTERNET_DISCONNECTED/);
  const server = await t.startServer({ tls: true });
  const { order, dispatcher } = await offeredOrder(t, server);
  const phone = await t.open(`${server.url}/login`, { phone: true, skewMinutes: SKEW_MINUTES });
  const context = phone.context();
  await prepared(t, phone);
  await t.axe(phone);
  await t.shot(phone, 'phone-today');

  const home = (await api(phone, '/api/v1/m/day')).orders.find((visit) => visit.key === order.key);
  await t.movedTo(context, { longitude: home.longitude + 0.0003, latitude: home.latitude, accuracy: 12 });
  await openVisit(phone, order);
  await t.axe(phone);
  await phone.locator('[data-act="order.accept"]').click();
  await t.until('the dispatcher sees it accepted', async () => (await api(dispatcher, `/api/v1/orders/${order.key}`)).stage === 'taken');

  await context.setOffline(true);
  await phone.getByText(/离老人家 \d+ 米，可以签到/).waitFor();
  await phone.getByText('手机时间快了 7 分钟').waitFor();
  await phone.getByText('没有网络，先存手机').waitFor();
  // A finger that has just accepted does not check in as well.
  await t.until('the button lives again', async () => (await phone.locator('[data-act="order.check_in"]').getAttribute('aria-disabled')) === 'false');
  await photographed(phone, 40);
  await t.axe(phone);
  await t.shot(phone, 'phone-visit');
  await phone.setViewportSize({ width: 320, height: 640 });
  await t.fits(phone);
  const arrived = Date.now();
  await tapTwice(phone, 'order.check_in');
  await phone.getByText('已存手机，待上传').waitFor();
  await phone.close();

  const again = await reopened(context, server.url);
  await again.getByText('待上传 1 条').first().waitFor();
  await openVisit(again, order);
  await photographed(again, 160);
  await leavesTooEarly(again);
  await leavesAndComesBack(again);
  const left = await leaves(again);
  await t.axe(again);
  await t.shot(again, 'phone-undo');
  await again.close();

  const late = await reopened(context, server.url);
  await late.getByText('待上传 2 条').first().waitFor();
  await late.goto(`${server.url}/m#uploads`);
  assert.equal(await files(server), 0);
  await context.setOffline(false);
  await late.locator('[data-verb="order.check_out"][data-state="done"]').waitFor();
  await late.locator('[data-photos-sent="2"][data-photos-waiting="0"]').waitFor();
  assert.equal(await late.locator('[data-verb]').count(), 3, 'accepted, checked in, checked out: each once');
  await t.axe(late);
  await t.shot(late, 'phone-uploads');

  const served = await api(dispatcher, `/api/v1/orders/${order.key}`);
  assert.equal(served.stage, 'served');
  near(served.started_at, arrived, 'check-in');
  near(served.ended_at, left, 'check-out');
  assert.equal(await files(server), 2, 'both photos');
  await server.verify();
}
