// Away in the middle of an answer, for seconds, minutes or a night, while everything else went on: right within a second.
import type { Browser, Page } from '@playwright/test';

import { createEmpty, expect, pair, say, test } from './fixtures';
import type { TestServer } from './server';

const SOON = { timeout: 1_000 };
const chat = (page: Page) => page.getByRole('list', { name: 'Chat' });
const card = (page: Page) => page.getByRole('region', { name: 'Run this command?' });

/** A page that shows an answer as it grows, in a project of its own. */
async function begin(page: Page, server: TestServer, name: string): Promise<void> {
  await pair(page, server);
  await createEmpty(page, server, name);
  await page.evaluate(() => navigator.serviceWorker.ready);
}

/** Another device, which sees the same and decides. */
async function decideElsewhere(browser: Browser, server: TestServer): Promise<void> {
  const elsewhere = await browser.newContext({ locale: 'en' });
  const tablet = await elsewhere.newPage();
  await pair(tablet, server);
  await expect(tablet.getByText('Run this command?', { exact: true })).toBeVisible({ timeout: 60_000 });
  await tablet.waitForTimeout(450); // a tap within 400 ms of the card's arrival is not meant for it
  await tablet.getByRole('button', { name: 'Allow once' }).click();
  await expect(tablet.getByText('Nothing needs you.')).toBeVisible();
  await expect(tablet.getByText('Working')).toHaveCount(0, { timeout: 60_000 });
  await elsewhere.close();
}

/** One prompt, one answer, and no word of it missing or twice. */
async function expectWhole(page: Page, count: number): Promise<void> {
  await expect(chat(page).getByRole('listitem')).toHaveCount(2);
  const words = (await chat(page).getByRole('listitem').last().innerText()).split(/\s+/);
  expect(words.filter((word) => /^word\d+$/.test(word))).toEqual(
    Array.from({ length: count }, (_, index) => `word${index}`),
  );
}

test('frozen while an answer grows and the server is restarted', async ({ page, server, watch }) => {
  await begin(page, server, 'Frozen');
  await say(page, '[[tokens 200]] [[delay 30]] Count');
  await expect(chat(page).getByText(/word10 /)).toBeVisible({ timeout: 60_000 });

  const session = await page.context().newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await server.kill();
  await server.run();
  // Until the answer is whole, wherever it is looked at.
  const other = await page.context().browser()?.newContext({ locale: 'en' });
  const tablet = await other?.newPage();
  if (!tablet) throw new Error('no other page');
  await pair(tablet, server);
  await tablet.goto(`${server.url}/projects/frozen`);
  await expect(chat(tablet).getByText(/word199/)).toBeVisible({ timeout: 60_000 });
  await other?.close();

  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await page.bringToFront();
  await expect(chat(page).getByText(/word199/)).toBeVisible(SOON);
  await expectWhole(page, 200);
  expect(watch.complaints).toEqual([]);
});

test('without a network for five seconds while an answer grows', async ({ page, context, server, watch }) => {
  await begin(page, server, 'Tunnel');
  await say(page, '[[tokens 300]] [[delay 30]] Count');
  await expect(chat(page).getByText(/word10 /)).toBeVisible({ timeout: 60_000 });
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await page.waitForTimeout(5_000); // how long it is away is what this is about
  const before = (await chat(page).getByRole('listitem').last().innerText()).length;
  await context.setOffline(false);
  await expect(page.getByText('Offline', { exact: true })).toBeHidden(SOON);
  await expect
    .poll(async () => (await chat(page).getByRole('listitem').last().innerText()).length, SOON)
    .toBeGreaterThan(before);
  await expect(chat(page).getByText(/word299/)).toBeVisible({ timeout: 60_000 });
  await expectWhole(page, 300);
  expect(watch.complaints).toEqual([]);
});

test('a night away: the server was restarted, a decision was taken elsewhere, a message waits here', async ({
  page,
  context,
  browser,
  server,
  watch,
}) => {
  await page.clock.install();
  await begin(page, server, 'Night');
  await say(page, '[[bash: touch made]] [[text: It is made.]]');
  await expect(card(page)).toBeVisible({ timeout: 60_000 });
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await say(page, 'In the morning. [[text: Good morning.]]');
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toBeVisible();

  await decideElsewhere(browser, server);
  await server.kill();
  await server.run();
  await page.clock.fastForward('08:00:00');
  await expect(card(page), 'nothing is heard without a network').toBeVisible();

  await context.setOffline(false);
  await expect(card(page)).toBeHidden(SOON);
  await expect(chat(page).getByText('It is made.', { exact: true })).toBeVisible(SOON);
  await expect(chat(page).getByText('Good morning.', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(chat(page).getByRole('heading', { name: 'You' })).toHaveCount(2);
  await page.reload();
  await expect(chat(page).getByRole('heading', { name: 'You' })).toHaveCount(2);
  await expect(chat(page).getByText('Good morning.', { exact: true })).toHaveCount(1);
  expect(watch.complaints).toEqual([]);
});

test('what was asked for offline is done once: a project, a stop', async ({ page, context, server, watch }) => {
  await begin(page, server, 'Work');
  await page.getByRole('link', { name: 'Project', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeEnabled();
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toContainText('Stop the agent');
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Made later');
  await page.getByRole('button', { name: 'Create when online' }).click();
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toContainText('Create Made later');

  await page.reload();
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toContainText('Create Made later');
  await context.setOffline(false);
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toBeHidden();
  await expect(page.getByRole('link', { name: /Made later/ })).toHaveCount(1);
  await expect(page.getByRole('link', { name: /Work.*Stopped/ })).toBeVisible({ timeout: 60_000 });
  expect(watch.complaints).toEqual([]);
});
