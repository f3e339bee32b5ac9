// The elder's side: staff give a one-use code, she opens the portal on her phone, says that the visit took place and how
// it was; her daughter says of another one that it was not so, and the call centre sees it.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';

const PORTAL = { phone: true };

/** The demo's line for a login: its unit. */
const unit = (server, login) => new RegExp(`^\\s+${login}\\s+(.+?)（`, 'm').exec(server.demoOutput)[1];

/** Asks the JSON API as the one who is signed in on `page`. */
async function api(page, method, path, body) {
  const csrf = await page.locator('input[name=csrf]').first().getAttribute('value');
  const answer = await page.evaluate(async ([method, path, body, csrf, key]) => {
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf, 'idempotency-key': key };
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  }, [method, path, body, csrf, randomUUID()]);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
}

async function staff(t, server, login) {
  const page = await t.open(`${server.url}/login`);
  await t.login(page, login);
  await page.goto('/account');
  return page;
}

/** Takes a picture of one colour and sends it up for an order, as the phone does; the proof that names it. */
async function photo(page, key, colour) {
  const bytes = await page.evaluate(async (colour) => {
    const canvas = new OffscreenCanvas(80, 60);
    const pen = canvas.getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 80, 60);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())];
  }, colour);
  const digest = createHash('sm3').update(Buffer.from(bytes)).digest('hex');
  const csrf = await page.locator('input[name=csrf]').first().getAttribute('value');
  const status = await page.evaluate(async ([path, bytes, csrf]) => {
    const headers = { 'content-type': 'application/octet-stream', 'x-csrf-token': csrf };
    return (await fetch(path, { method: 'POST', headers, body: new Uint8Array(bytes) })).status;
  }, [`/api/v1/files/${digest}?key=${key}&offset=0&total=${bytes.length}`, bytes, csrf]);
  assert.equal(status, 200);
  return { kind: 'photo', digest };
}

/** A service from the order to the caregiver's leaving; its key. */
async function served(team, elder, item) {
  const { agent, dispatcher, caregiver, provider, carer } = team;
  const from = new Date(Date.now() + 3000);
  const order = await api(agent, 'POST', '/api/v1/orders', {
    elder, item, provider, channel: 'phone',
    window_start: from.toISOString(), window_end: new Date(from.getTime() + 3_600_000).toISOString(),
  });
  const path = `/api/v1/orders/${order.key}`;
  const candidates = await api(dispatcher, 'GET', `${path}/candidates`);
  const { worker } = candidates.find(({ names }) => names.includes(carer)) ?? assert.fail(`${carer} is no candidate`);
  await api(dispatcher, 'POST', `${path}/assign`, { worker });
  await api(caregiver, 'POST', `${path}/take`, {});
  await api(caregiver, 'POST', `${path}/check-in`, { proofs: [await photo(caregiver, order.key, '#a60')] });
  await api(caregiver, 'POST', `${path}/check-out`, { proofs: [await photo(caregiver, order.key, '#0a6')] });
  return order.key;
}

/** The agent opens somebody's file and gives a code, to the elder or to a family member by name. */
async function code(t, agent, elder, family) {
  await agent.goto(`/elders/${elder}`);
  await agent.getByRole('link', { name: '发验证码' }).first().click();
  await agent.getByRole('heading', { level: 1, name: '给老人发验证码' }).waitFor();
  await t.axe(agent);
  if (family) {
    await agent.getByLabel('家属', { exact: true }).check();
    await agent.getByLabel('家属姓名').fill(family);
  } else {
    await t.shot(agent, 'portal-code-form');
  }
  await agent.getByRole('button', { name: '发验证码' }).click();
  const digits = await agent.locator('#code').textContent();
  assert.match(digits, /^\d{3} \d{3} \d{4}$/);
  await t.axe(agent);
  if (!family) await t.shot(agent, 'portal-code');
  return digits;
}

async function enter(t, server, digits) {
  const page = await t.open(`${server.url}/portal`, PORTAL);
  await page.waitForURL(/\/portal\/enter$/);
  await page.getByLabel('验证码').fill(digits);
  await page.getByRole('button', { name: '进入' }).click();
  await page.waitForURL(/\/portal$/);
  return page;
}

/** Everything that can be pressed is at least 60 by 60, and there are at most six choices beside the page's tools. */
async function isEasy(page) {
  const found = await page.evaluate(() => {
    const shown = (element) => element.checkVisibility();
    const choices = [...document.querySelectorAll('main a, main button, main summary')].filter(shown);
    const all = [...choices, ...[...document.querySelectorAll('.hello button, .tools button')].filter(shown)];
    const small = all.map((e) => [e.textContent.trim(), e.getBoundingClientRect()]).filter(([, r]) => r.width < 60 || r.height < 60);
    const small_text = [...document.querySelectorAll('main *')].filter((e) => shown(e) && e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 20);
    return { choices: choices.length, small: small.map(([words]) => words), text: small_text.map((e) => e.textContent.trim()) };
  });
  assert.ok(found.choices <= 6, `${page.url()} has ${found.choices} choices`);
  assert.deepEqual(found.small, [], `${page.url()} has small targets`);
  assert.deepEqual(found.text, [], `${page.url()} has small text`);
}

async function look(t, page, name) {
  await t.axe(page);
  await isEasy(page);
  await t.shot(page, `portal-${name}`, { fullPage: true });
}

async function theElderConfirmsAndRates(t, server, digits) {
  const elder = await enter(t, server, digits);
  await look(t, elder, 'home');
  await elder.getByRole('link', { name: /紧急呼救/ }).click();
  await look(t, elder, 'help');
  await elder.getByRole('link', { name: '回到首页' }).click();
  await elder.getByRole('link', { name: /我是谁/ }).click();
  await look(t, elder, 'me');
  await elder.goBack();
  await elder.getByRole('link', { name: /确认服务/ }).click();
  await look(t, elder, 'waiting');
  await elder.getByRole('link', { name: '去确认' }).first().click();
  await elder.getByText('拍了 2 张照片').waitFor();
  await look(t, elder, 'confirm');
  await elder.getByRole('button', { name: '是的，来过了' }).click();
  await elder.getByRole('heading', { name: '这次服务怎么样？' }).waitFor();
  await look(t, elder, 'rate');
  await elder.getByRole('button', { name: '不好' }).click();
  await elder.getByRole('heading', { name: '哪里不好？' }).waitFor();
  await look(t, elder, 'why');
  await elder.goBack();
  await elder.getByRole('button', { name: '很好' }).click();
  await elder.getByText('您打了 5 分。').waitFor();
  await look(t, elder, 'thanks');
  return elder;
}

async function theDaughterObjects(t, server, digits, key) {
  const daughter = await enter(t, server, digits);
  await daughter.getByText('您在看：').waitFor();
  await look(t, daughter, 'family');
  await daughter.goto(`/portal/visits/${key}`);
  await daughter.getByRole('link', { name: '不对' }).click();
  await look(t, daughter, 'wrong');
  await daughter.getByRole('button', { name: '没有人来' }).click();
  await daughter.getByText('会有人打电话给您。').waitFor();
  await look(t, daughter, 'noted');
}

export default async function (t) {
  const server = await t.startServer();
  const [agent, dispatcher, caregiver] = [await staff(t, server, 'agent'), await staff(t, server, 'dispatcher'), await staff(t, server, 'caregiver')];
  await agent.goto('/elders');
  const href = await agent.locator('th a[href^="/elders/"]').first().getAttribute('href');
  const elder = href.split('/').pop();
  await agent.goto(`/orders/new?elder=${elder}`);
  const provider = await agent.locator('select[name=provider] option', { hasText: unit(server, 'dispatcher') }).first().getAttribute('value');
  const items = agent.locator('select[name=item] option');
  const item = async (name) => items.filter({ hasText: name }).first().getAttribute('value');
  const [cleaning, talking] = [await item('助洁'), await item('助餐')];
  await agent.goto('/account');
  const team = { agent, dispatcher, caregiver, provider, carer: unit(server, 'caregiver').split(' ').pop() };

  const first = await served(team, elder, cleaning);
  const own = await theElderConfirmsAndRates(t, server, await code(t, agent, elder));
  await agent.goto('/account');
  const second = await served(team, elder, talking);
  await theDaughterObjects(t, server, await code(t, agent, elder, '王芳'), second);

  // What was said stands where staff look, and the elder's other choices still work.
  await agent.goto(`/orders/${first}`);
  await agent.getByText('已完成').first().waitFor();
  await agent.goto(`/orders/${second}/dispute`);
  await agent.getByText('异议已经记下').waitFor();
  await t.axe(agent);
  await t.shot(agent, 'objection');
  await own.goto('/portal/visits?for=past');
  await look(t, own, 'past');
  await own.getByRole('button', { name: '最大' }).click();
  await t.fits(own);
  await own.setViewportSize({ width: 320, height: 700 });
  for (const path of ['/portal', `/portal/visits/${first}`, '/portal/visits?for=past', '/portal/help', '/portal/me']) {
    await own.goto(path);
    await t.fits(own);
  }
  await own.getByRole('button', { name: '标准版' }).click();
  await own.getByRole('button', { name: 'English' }).click();
  await t.axe(own);
  const { stdout } = await server.verify();
  assert.match(stdout, /完整无误/);
}
