// Signs in through the page, as a person does.

/** Signs `page` in as the demo account `name` and waits for the page behind it. */
export async function login(page, name, password = 'sangyu-demo') {
  await page.goto('/login');
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill(password);
  await page.locator('form#sign-in button.btn-primary').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}
