// A county's office, at a desk and on a phone: a file by form, a change, a move over the border with its review, an
// erasure that asks twice, an import that is taken back.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** A resident identity number with its check character (GB 11643). */
function identity(birth, sequence) {
  const first = `411002${birth}${String(sequence).padStart(3, '0')}`;
  const sum = [...first].reduce((total, digit, i) => total + Number(digit) * WEIGHTS[i], 0);
  return first + '10X98765432'[sum % 11];
}

const width = (page) => page.viewportSize().width;

async function seen(t, page, name) {
  await t.axe(page);
  await t.fits(page);
  await t.shot(page, `office-${name}-${width(page)}`);
}

/** Opens a file by form and leaves its page open. */
async function opens(t, page, name, sequence) {
  await page.goto('/elders');
  await page.getByRole('link', { name: '新建档案' }).click();
  await page.locator('#f-name').fill(name);
  await page.locator('#f-cert_number').fill('411002194203050029');
  await page.locator('#f-place').fill('西大街道');
  await page.locator('#f-address').fill('榆园 3 号楼');
  await page.locator('#f-mobile').fill('13800006071');
  await page.locator('#f-contact1').fill('李建华');
  await page.getByRole('button', { name: '建立档案' }).click();
  await page.locator('.errsum').waitFor();
  await seen(t, page, 'new');
  await page.locator('#f-cert_number').fill(identity('19420305', sequence));
  await page.getByRole('button', { name: '建立档案' }).click();
  await page.getByRole('heading', { name }).waitFor();
  await seen(t, page, 'file');
}

async function changes(t, page) {
  await page.getByRole('link', { name: '修改档案' }).click();
  await page.getByText('现在登记的是 138****6071', { exact: false }).waitFor();
  await page.getByLabel('低保', { exact: true }).check();
  await page.locator('#f-mobile').fill('13900009999');
  await seen(t, page, 'edit');
  await page.getByRole('button', { name: '保存修改' }).click();
  await page.getByText('手机由 138****6071 改为 139****9999').waitFor();
}

async function moves(t, page) {
  await page.getByRole('link', { name: '迁居' }).click();
  await page.locator('#f-to').fill('没有这里');
  await page.locator('input[name=reason]').first().check();
  await page.getByRole('button', { name: '看看会怎样' }).click();
  await page.getByRole('link', { name: /没有这个地方/ }).waitFor();
  await page.locator('#f-to').fill('许昌市建安区');
  await seen(t, page, 'move');
  await page.getByRole('button', { name: '看看会怎样' }).click();
  await page.getByText('河南省许昌市建安区建立新的档案', { exact: false }).waitFor();
  await seen(t, page, 'move-review');
  await page.getByRole('button', { name: '确认迁居' }).click();
  await page.getByText('已迁往河南省许昌市建安区', { exact: false }).waitFor();
  await seen(t, page, 'moved');
}

async function erases(t, page) {
  const number = (await page.getByText(/^411002-\d{7}$/).first().innerText()).trim();
  await page.getByRole('link', { name: '删除个人信息' }).click();
  await page.getByLabel('本人申请').check();
  await page.locator('#f-note').fill('窗口申请，2026-11-21');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('heading', { name: '确认之后不能恢复' }).waitFor();
  await page.locator('#f-number').fill(number);
  await seen(t, page, 'erase');
  await page.getByRole('button', { name: '永久删除' }).click();
  await page.getByText('这位老人的个人信息已按规定删除').waitFor();
  await seen(t, page, 'erased');
}

/** Picks the first two of the list and gives them a trait; only those picked leave in a sheet. */
async function tags(t, page, trait) {
  await page.goto('/elders');
  const boxes = page.locator('.ck.pick');
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByText('已选 2 条').waitFor();
  await seen(t, page, 'picked');
  const [sheet] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出所选' }).click()]);
  assert.match(sheet.suggestedFilename(), /\.xlsx$/);
  await page.getByRole('button', { name: '改人员类别' }).click();
  await page.getByRole('heading', { name: '选中的老人' }).waitFor();
  await page.getByLabel(trait, { exact: true }).check();
  await seen(t, page, 'tag');
  await page.getByRole('button', { name: '办理' }).click();
  await page.getByRole('heading', { name: /改了 [12] 人的档案/ }).waitFor();
  await seen(t, page, 'tagged');
}

async function takesBack(t, server, page) {
  const path = join(server.data, '撤销.csv');
  await writeFile(path, `姓名,证件号码,居住地区划代码,居住地址\n尉迟春花,${identity('19410305', 77)},411002,榆园4号楼\n`);
  await page.goto('/elders/import');
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByRole('button', { name: '上传并试导入' }).click();
  await page.getByRole('button', { name: '导入 1 行' }).click();
  await page.getByRole('link', { name: '撤销这次导入' }).click();
  await seen(t, page, 'undo');
  await page.getByRole('button', { name: '看看会撤销什么' }).click();
  await page.getByRole('button', { name: '撤销 1 行' }).waitFor();
  await seen(t, page, 'undo-tried');
  await page.getByRole('button', { name: '撤销 1 行' }).click();
  await page.getByText('撤销完成').first().waitFor();
  await seen(t, page, 'undone');
  await page.goto('/search?q=yuchich');
  assert.equal(await page.getByText('尉迟春花').count(), 0);
}

export default async function (t) {
  // What was typed wrong on purpose.
  t.expectErrors(/422/);
  const server = await t.startServer({ engine: 'sqlite' });
  const desk = await t.open(`${server.url}/`);
  await t.login(desk, 'county');
  await opens(t, desk, '尉迟秀云', 12);
  await changes(t, desk);
  await moves(t, desk);
  await takesBack(t, server, desk);
  await tags(t, desk, '留守');
  await desk.goto('/elders?sort=name');
  await seen(t, desk, 'by-name');

  const phone = await t.open(`${server.url}/`, { phone: true });
  await t.login(phone, 'county');
  await tags(t, phone, '空巢');
  await opens(t, phone, '尉迟冬梅', 14);
  await phone.getByRole('link', { name: '迁居' }).click();
  await seen(t, phone, 'move');
  await phone.goBack();
  await erases(t, phone);
}
