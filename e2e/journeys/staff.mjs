// A county's administrator makes a provider able to work: registers it, takes a caregiver on, opens an account whose
// owner changes the first password and sets a second factor; suspends it, and its open page is out at once. He changes
// a price and the rules of rosters for tomorrow, and gives a program a token that works until it is revoked.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

const CREDIT_CODE = '914110021234567883';
const NEW_PASSWORD = 'late sun over mulberry trees';

/** The six digits that an app shows for a secret (RFC 6238). */
function totp(secret) {
  const bits = [...secret.replace(/\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function registers(t, admin) {
  await admin.goto('/organisations');
  await t.axe(admin);
  await t.shot(admin, 'organisations');
  await admin.getByRole('link', { name: '登记单位' }).click();
  await admin.getByLabel('单位名称').fill('夕照居家养老');
  await admin.getByLabel('统一社会信用代码').fill(CREDIT_CODE.replace(/3$/, '4'));
  await admin.getByLabel('电话').fill('0374-2331234');
  await admin.getByRole('button', { name: '登记', exact: true }).click();
  await admin.getByText('校验位不对').first().waitFor();
  await t.axe(admin);
  await t.shot(admin, 'organisation-form');
  await admin.getByLabel('统一社会信用代码').fill(CREDIT_CODE);
  await admin.getByRole('button', { name: '登记', exact: true }).click();
  await admin.getByRole('heading', { name: '夕照居家养老' }).waitFor();
  return admin.url();
}

async function takesOn(t, admin) {
  await admin.getByRole('link', { name: '录用人员' }).first().click();
  await admin.getByLabel('姓名').fill('孙小梅');
  await admin.getByLabel('女', { exact: true }).check();
  await admin.getByLabel('工作电话').fill('13800006071');
  await admin.getByLabel('生活照料').check();
  await t.axe(admin);
  await t.shot(admin, 'worker-form');
  await admin.getByRole('button', { name: '录用' }).click();
  await admin.getByRole('link', { name: '孙小梅' }).waitFor();
  await t.axe(admin);
  await t.shot(admin, 'organisation');
}

/** Opens the dispatcher's account; the first password. */
async function opens(t, admin) {
  await admin.getByRole('link', { name: /给派单员开户/ }).click();
  await admin.getByLabel('姓名').fill('高远');
  await admin.getByLabel('登录名').fill('gaoyuan');
  await admin.getByLabel('派单员').check();
  await t.axe(admin);
  await admin.getByRole('button', { name: '开户' }).click();
  const password = (await admin.locator('#first-password').innerText()).trim();
  await t.axe(admin);
  await t.shot(admin, 'first-password');
  return password;
}

/** Signs in with the first password, changes it, sets the second factor. */
async function begins(t, server, first) {
  const page = await t.open(`${server.url}/`);
  await t.login(page, 'gaoyuan', first);
  await page.goto('/orders');
  assert.equal(new URL(page.url()).pathname, '/account', 'password and second factor come first');
  await page.getByLabel('现在的密码').fill(first);
  await page.getByLabel('新密码', { exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel('再输一次新密码').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: '修改密码' }).click();
  await page.waitForURL(/login/);
  await t.login(page, 'gaoyuan', NEW_PASSWORD);
  await page.goto('/account');
  const secret = await page.locator('input[name=secret]').inputValue();
  await page.locator('form#second-factor input[name=code]').fill(totp(secret));
  await page.getByRole('button', { name: '开通动态码' }).click();
  await page.locator('form#second-factor').waitFor({ state: 'detached' });
  await page.goto('/orders');
  await page.getByRole('heading', { name: '派单台' }).waitFor();
  return page;
}

/** Follows the live stream of a session; when it closes. */
async function streamEnds(server, cookies) {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const stream = await fetch(`${server.url}/live`, { headers: { cookie, accept: 'text/event-stream' } });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  return { closes: stream.text().then(() => performance.now()) };
}

async function suspends(t, server, admin, dispatcher) {
  await admin.goto('/accounts?q=gaoyuan');
  await t.axe(admin);
  await t.shot(admin, 'accounts');
  await admin.getByRole('link', { name: '高远' }).click();
  await admin.getByText('正在登录').waitFor();
  await t.axe(admin);
  await t.shot(admin, 'account');
  const { closes } = await streamEnds(server, await dispatcher.context().cookies());
  await admin.getByLabel('设备或密码丢失').check();
  const suspended = performance.now();
  await admin.getByRole('button', { name: '停用账号' }).click();
  await admin.getByText('已停用').first().waitFor();
  assert.ok((await closes) - suspended < 4_000, 'the stream closes at once');
  await dispatcher.goto('/orders');
  assert.equal(new URL(dispatcher.url()).pathname, '/login', 'out at once');
  await admin.getByRole('button', { name: '重新启用' }).click();
  await admin.getByText('在用').first().waitFor();
}

async function changesPrices(t, admin) {
  await admin.goto('/prices');
  await t.axe(admin);
  await admin.getByRole('link', { name: '改价' }).click();
  await admin.locator('input[value="bath"]').waitFor();
  await t.axe(admin);
  await t.shot(admin, 'price-form');
  const name = await admin.locator('input[value="bath"]').getAttribute('name');
  await admin.locator(`input[name="price-${name.split('-')[1]}"]`).fill('一百五');
  await admin.getByRole('button', { name: '核对改动' }).click();
  await admin.getByText('价格要填元').first().waitFor();
  await t.axe(admin);
  await admin.locator(`input[name="price-${name.split('-')[1]}"]`).fill('150');
  await admin.getByRole('button', { name: '核对改动' }).click();
  await admin.getByText('改了 1 个项目').waitFor();
  await t.axe(admin);
  await t.shot(admin, 'price-preview');
  await admin.getByRole('button', { name: '签署生效' }).click();
  await admin.getByText('还没到期').waitFor();
  await t.axe(admin);
  await t.shot(admin, 'prices');
}

async function changesRosterRules(t, admin) {
  await admin.goto('/roster/rules');
  await admin.getByText('用的是平台默认的').waitFor();
  await t.axe(admin);
  await admin.getByRole('link', { name: '改规则' }).first().click();
  await admin.getByLabel('步行（米/分钟）').fill('慢慢走');
  await admin.getByRole('button', { name: '签署生效' }).click();
  await admin.getByText('20 到 200').first().waitFor();
  await t.axe(admin);
  await t.shot(admin, 'roster-rules-form');
  await admin.getByLabel('步行（米/分钟）').fill('70');
  await admin.getByLabel('周日').uncheck();
  await admin.getByRole('button', { name: '签署生效' }).click();
  await admin.getByText('还没到期').waitFor();
  await t.axe(admin);
  await t.shot(admin, 'roster-rules');
  await admin.locator('#rules tbody a').first().click();
  await admin.getByText('75').waitFor();
  await t.axe(admin);
  await t.shot(admin, 'roster-rules-version');
}

async function givesAToken(t, server, admin) {
  await admin.goto('/tokens');
  await t.axe(admin);
  await admin.getByRole('link', { name: '新令牌' }).first().click();
  await admin.getByLabel('给什么系统用').fill('省厅数据交换');
  await admin.getByLabel('档案管理').check();
  await t.axe(admin);
  await admin.getByRole('button', { name: '生成令牌' }).click();
  const token = (await admin.locator('#token').innerText()).trim();
  await t.axe(admin);
  await t.shot(admin, 'token');
  const ask = (path) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask('/api/v1/elders')).status, 200);
  assert.equal((await ask('/api/v1/accounts')).status, 403, 'it has one grant');
  await admin.goto('/tokens');
  await t.axe(admin);
  await t.shot(admin, 'tokens');
  await admin.getByRole('button', { name: /作废/ }).click();
  await admin.getByText('已作废').waitFor();
  assert.equal((await ask('/api/v1/elders')).status, 401);
}

export default async function (t) {
  t.expectErrors(/422/, /ERR_ABORTED/, /401/);
  const server = await t.startServer();
  const admin = await t.open(`${server.url}/`);
  await t.login(admin, 'admin');
  await registers(t, admin);
  await takesOn(t, admin);
  const first = await opens(t, admin);
  const dispatcher = await begins(t, server, first);
  await suspends(t, server, admin, dispatcher);
  await changesPrices(t, admin);
  await changesRosterRules(t, admin);
  await givesAToken(t, server, admin);
  await server.verify();
}
