// Away in the middle of an answer while everything else went on: right within a second.
import type { Page } from '@playwright/test';

import { createEmpty, expect, pair, say, test } from './fixtures';
import type { TestServer } from './server';

const SOON = { timeout: 1_000 };
const chat = (page: Page) => page.getByRole('list', { name: 'Chat' });

/** A page that shows an answer as it grows, in a project of its own. */
async function begin(page: Page, server: TestServer, name: string): Promise<void> {
  await pair(page, server);
  await createEmpty(page, server, name);
  await page.evaluate(() => navigator.serviceWorker.ready);
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
