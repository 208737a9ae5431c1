// The account at GitHub: signing in by a code, over reloads and from another device, and a project from a private repository.
import type { Page } from '@playwright/test';

import { expect, expectToFit, look, pair, picture, test as base } from './fixtures';
import { FakeGithub } from './github';

const test = base.extend<{ github: FakeGithub; isAppKnown: boolean }>({
  isAppKnown: [true, { option: true }],
  github: async ({}, use) => {
    const github = await FakeGithub.start();
    await use(github);
    github.stop();
  },
  settings: async ({ github, isAppKnown }, use) => use(github.settings(isAppKnown)),
});

const LONG = { timeout: 60_000 };
const code = (page: Page) => page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
const begin = (page: Page) => page.getByRole('button', { name: 'Sign in with GitHub' }).click();
const field = (page: Page) => page.getByRole('combobox', { name: 'Your repositories' });

test('a project comes from a private repository, once somebody signs in', async ({
  page,
  server,
  github,
  watch,
  isMobile,
}) => {
  await pair(page, server);
  await page.goto(`${server.url}/new`);
  await page.getByRole('textbox', { name: 'First message' }).fill('When to water?');

  // Typed by hand, it cannot be had, and the way to it is at hand.
  await page.getByRole('radio', { name: 'Git URL' }).check({ force: true });
  await page.getByRole('textbox', { name: 'Address' }).fill(`${github.url}/octo/kitchen-garden.git`);
  await expect(page.getByRole('link', { name: 'Sign in to GitHub' })).toBeVisible();
  await look(page, 'new-private');
  await page.getByRole('radio', { name: 'GitHub' }).check({ force: true });
  await expect(page.getByText('Sign in to GitHub to pick')).toBeVisible();
  await look(page, 'new-github-signed-out');
  await page.getByRole('link', { name: 'Sign in to GitHub' }).click();
  await expect(page.getByRole('button', { name: 'Sign in with GitHub' })).toBeVisible();
  await look(page, 'github-signed-out');
  await begin(page);
  await expect(code(page)).toBeVisible();
  await expect(page.getByRole('link', { name: /^Open 127\.0\.0\.1/ })).toHaveAttribute(
    'href',
    `${github.url}/login/device`,
  );
  await look(page, 'github-code');
  if (isMobile) await inOtherShapes(page, 'github-code');

  // The page dies meanwhile, and somebody says yes over there.
  const words = await code(page).textContent();
  await page.reload();
  await expect(code(page)).toHaveText(words ?? '');
  await github.order('approve');

  // Back where it was wanted, with what was typed.
  await expect(field(page)).toBeVisible(LONG);
  await expect(page.getByRole('textbox', { name: 'First message' })).toHaveValue('When to water?');
  await expect(page.getByRole('option').first()).toContainText('octo/kitchen-garden');
  await expect(page.getByText('30 repositories, and more')).toBeVisible();
  await look(page, 'new-repositories');
  if (isMobile) await inOtherShapes(page, 'new-repositories');
  await field(page).fill('tide');
  await expect(page.getByRole('option')).toHaveCount(1);
  await field(page).fill('garden');
  await expect(page.getByRole('option')).toHaveText([/octo\/kitchen-garden/]);
  await field(page).press('ArrowDown');
  await look(page, 'new-repositories-search');
  await field(page).press('Enter');
  await expect(page.getByText(/Reachable · 1 branch/)).toBeVisible(LONG);
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('kitchen-garden');
  await look(page, 'new-picked');
  await page.getByRole('textbox', { name: 'First message' }).fill('Hello [[text: Hello to you.]]');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('list', { name: 'Chat' }).getByText('Hello to you.', { exact: true })).toBeVisible(LONG);

  // The form is for the next one.
  await page.goto(`${server.url}/new`);
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('');
  expect(watch.complaints).toEqual([]);
});

test('it is one account for all devices: what one does, the others show', async ({
  page,
  server,
  github,
  watch,
  browser,
}) => {
  await pair(page, server);
  await page.goto(`${server.url}/settings/github`);
  const other = await (await browser.newContext()).newPage();
  await pair(other, server);
  await other.goto(`${server.url}/settings/github`);
  await expect(other.getByRole('button', { name: 'Sign in with GitHub' })).toBeVisible();
  await begin(page);
  await expect(code(page)).toBeVisible();
  await github.order('approve');
  await expect(page.getByText('octo', { exact: false }).first()).toBeVisible(LONG);
  await expect(other.getByRole('button', { name: 'Sign out of GitHub' })).toBeVisible(LONG);
  await look(page, 'github-signed-in');

  // GitHub takes it no more: the next who asks finds out.
  await github.order('revoke');
  await other.goto(`${server.url}/new`);
  await other.getByRole('radio', { name: 'GitHub' }).check({ force: true });
  await expect(other.getByRole('link', { name: 'Sign in again' })).toBeVisible(LONG);
  await expect(page.getByRole('button', { name: 'Sign in again' })).toBeVisible(LONG);
  await look(page, 'github-revoked');
  await page.getByRole('button', { name: 'Sign out of GitHub' }).click();
  await look(page, 'github-sign-out');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out of GitHub' }).click();
  await expect(page.getByRole('button', { name: 'Sign in with GitHub' })).toBeVisible();
  await expect(other.getByText('Sign in to GitHub to pick')).toBeVisible();
  await other.context().close();
  expect(watch.complaints).toEqual([]);
});

test('however a sign-in ends, it is said and can be begun again', async ({ page, server, github, watch }) => {
  await pair(page, server);
  await page.goto(`${server.url}/settings/github`);
  await begin(page);
  await expect(code(page)).toBeVisible();
  await github.order('deny');
  await expect(page.getByText('The request was denied at GitHub.')).toBeVisible(LONG);
  await look(page, 'github-denied');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(code(page)).toBeVisible();
  await github.order('expire');
  await expect(page.getByText('The code was not used in time.')).toBeVisible(LONG);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(code(page)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Sign in with GitHub' })).toBeVisible();

  // GitHub is away: said, and tried again by hand.
  await github.order({ fail: { place: 'device_code', faults: Array(5).fill({ status: 500 }) } });
  await begin(page);
  await expect(page.getByRole('alert')).toBeVisible(LONG);
  await look(page, 'github-away');
  expect(watch.complaints).toEqual([]);
});

test('asleep while somebody says yes, it is signed in when it wakes', async ({ page, server, github, context }) => {
  await pair(page, server);
  await page.goto(`${server.url}/settings/github`);
  await begin(page);
  await expect(code(page)).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await expect(code(page), 'it can still be typed in').toBeVisible();
  await look(page, 'github-offline');
  await server.kill();
  await server.run();
  await github.order('approve');
  await context.setOffline(false);
  await expect(page.getByRole('button', { name: 'Sign out of GitHub' })).toBeVisible(LONG);
});

test.describe('without an app at GitHub', () => {
  test.use({ isAppKnown: false });

  test('a token is pasted', async ({ page, server, github, watch }) => {
    await pair(page, server);
    await page.goto(`${server.url}/settings/github`);
    const token = page.getByLabel('Personal access token');
    await expect(token).toBeVisible();
    await look(page, 'github-token');
    await token.fill('ghp_wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await look(page, 'github-token-wrong');
    await token.fill(github.token);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByText('Octo Cat (octo)')).toBeVisible();
    await page.goto(`${server.url}/new`);
    await page.getByRole('radio', { name: 'GitHub' }).check({ force: true });
    await expect(page.getByRole('option').first()).toContainText('octo/kitchen-garden');
    // A short name is of this GitHub.
    await page.getByRole('radio', { name: 'Git URL' }).check({ force: true });
    await page.getByRole('textbox', { name: 'Address' }).fill('octo/kitchen-garden');
    await expect(page.getByText(`${github.url}/octo/kitchen-garden.git`)).toBeVisible();
    await expect(page.getByText(/Reachable · 1 branch/)).toBeVisible(LONG);
    expect(watch.complaints).toEqual([]);
  });
});

async function inOtherShapes(page: Page, name: string): Promise<void> {
  for (const [shape, change, back] of [
    ['large', "document.documentElement.style.fontSize = '200%'", "document.documentElement.style.fontSize = ''"],
    ['rtl', "document.documentElement.dir = 'rtl'", "document.documentElement.dir = 'ltr'"],
  ] as const) {
    await page.evaluate(change);
    await expectToFit(page, `${name}-${shape}`);
    await picture(page, `${name}-${shape}`);
    await page.evaluate(back);
  }
}
