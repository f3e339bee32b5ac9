// The harness itself: each check fails on a page made wrong and passes on a page made right; needs no server of ours.
import assert from 'node:assert/strict';
import http from 'node:http';

const page = (body, head = '') => `<!doctype html><html lang="zh-CN"><head><title>自检</title>
  <meta name="viewport" content="width=device-width,initial-scale=1">${head}</head><body><main><h1>自检</h1>${body}</main></body></html>`;

const PAGES = {
  '/good': page('<label>姓名 <input name="n" style="min-height:32px"></label> <button style="min-height:32px">保存</button>'),
  '/bad': page('<input name="n"><p style="color:#bbb">看不清</p><img src="data:,"><button style="width:9px;height:9px;padding:0">a</button><button style="width:9px;height:9px;padding:0">b</button>'),
  '/wide': page('<div style="width:2000px">x</div>'),
  '/noisy': page('', '<script>console.error("坏了"); setTimeout(() => { throw new Error("更坏"); })</script>'),
  '/foreign': page('<img alt="" src="http://127.0.0.2:9/x.png">'),
  '/worker': page('', '<script>navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready).then(() => { document.title = "ready" })</script>'),
};
const WORKER = `self.addEventListener('activate', (e) => e.waitUntil(clients.claim()));
  self.addEventListener('fetch', (e) => e.respondWith(fetch(e.request).catch(() => new Response('离线', { headers: { 'content-type': 'text/plain;charset=utf-8' } }))));`;

function serve() {
  const server = http.createServer((request, response) => {
    response.setHeader('content-security-policy', request.url === '/good' ? "default-src 'self'; style-src 'unsafe-inline'" : '');
    if (request.url === '/sw.js') response.setHeader('content-type', 'text/javascript').end(WORKER);
    else if (PAGES[request.url]) response.setHeader('content-type', 'text/html;charset=utf-8').end(PAGES[request.url]);
    else { response.statusCode = request.url === '/favicon.ico' ? 204 : 404; response.end(); }
  });
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(server)); });
}

async function axeFailsOnABadPageAndPassesAGoodOne(t, url) {
  const good = await t.open(`${url}/good`);
  await t.axe(good);
  await t.shot(good, 'self-check');
  const bad = await t.open(`${url}/bad`);
  const why = await t.axe(bad).then(() => '', (error) => error.message);
  for (const rule of ['label', 'color-contrast', 'image-alt', 'target-size']) assert.match(why, new RegExp(`${rule}:`));
}

async function aWidePageDoesNotFit(t, url) {
  const wide = await t.open(`${url}/wide`);
  await assert.rejects(t.fits(wide), /2\d{3} px wide in a 1440 px window: div/);
}

async function errorsAndForeignRequestsAreSeen(t, url) {
  const noisy = await t.open(`${url}/noisy`);
  await t.until('both errors are noted', () => noisy.context().errors.length === 2);
  assert.match(noisy.context().errors.join(), /坏了.*更坏/s);
  const foreign = await t.open(`${url}/foreign`);
  assert.throws(() => t.noForeignRequests(foreign), /1 requests left .*127\.0\.0\.2:9/);
  assert.equal(t.problems().filter((p) => p.startsWith('request left')).length, 1);
  for (const device of [noisy.context(), foreign.context()]) { device.errors.length = 0; device.foreign.length = 0; }
}

async function aDeviceIsWhereAndWhenItIsPut(t, url) {
  const phone = await t.open(`${url}/good`, { phone: true, skewMinutes: 7, place: { longitude: 113.85, latitude: 34.03, accuracy: 12 } });
  const where = () => phone.evaluate(() => new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(({ coords: c }) => resolve([c.longitude, c.latitude, c.accuracy]), (e) => reject(new Error(e.message)));
  }));
  assert.deepEqual(await where(), [113.85, 34.03, 12]);
  await t.movedTo(phone.context(), { longitude: 113.9, latitude: 34.1, accuracy: 80 });
  assert.deepEqual(await where(), [113.9, 34.1, 80]);
  const skew = (await phone.evaluate(() => Date.now())) - Date.now();
  assert.ok(Math.abs(skew - 7 * 60_000) < 2000, `skew is ${skew} ms`);
  const first = await phone.evaluate(() => Date.now());
  await t.until('the skewed clock goes on', async () => (await phone.evaluate(() => Date.now())) > first + 50);
  assert.equal(phone.viewportSize().width, 390);
}

async function offlineReachesTheServiceWorkerToo(t, url) {
  const phone = await t.open(`${url}/worker`, { phone: true });
  await phone.waitForFunction(() => document.title === 'ready' && navigator.serviceWorker.controller);
  const body = () => phone.evaluate(() => fetch('/good').then((r) => r.text()));
  assert.match(await body(), /姓名/);
  await phone.context().setOffline(true);
  assert.equal(await body(), '离线');
  const again = await phone.context().newPage();
  await phone.close(); // the page is killed; the device and its storage stay
  await again.goto(`${url}/anything`);
  assert.equal(await again.textContent('body'), '离线');
  await again.context().setOffline(false);
  await again.goto(`${url}/good`);
  await again.getByText('姓名').waitFor();
}

export default async function (t) {
  const server = await serve();
  const url = `http://127.0.0.1:${server.address().port}`;
  t.expectErrors(/Failed to load resource/, /net::ERR_INTERNET_DISCONNECTED/);
  try {
    await axeFailsOnABadPageAndPassesAGoodOne(t, url);
    await aWidePageDoesNotFit(t, url);
    await errorsAndForeignRequestsAreSeen(t, url);
    await aDeviceIsWhereAndWhenItIsPut(t, url);
    await offlineReachesTheServiceWorkerToo(t, url);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
