// What happens to the connection must not happen to what is shown: nothing lost, nothing doubled, right at once.
import type { Page, WebSocket } from '@playwright/test';

import { createEmpty, expect, pair, say, test } from './fixtures';

const chat = (page: Page) => page.getByRole('list', { name: 'Chat' });
const answers = (page: Page, text: string) => chat(page).getByText(text, { exact: true });

test('a prompt written offline waits, survives a reload, and arrives once', async ({
  page,
  context,
  server,
  watch,
}) => {
  await pair(page, server);
  await createEmpty(page, server, 'Offline');
  await say(page, 'First. [[text: First answer.]]');
  await expect(answers(page, 'First answer.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Working')).toHaveCount(0);
  await page.evaluate(() => navigator.serviceWorker.ready);

  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await say(page, 'Second. [[text: Second answer.]]');
  await say(page, 'Third. [[text: Third answer.]]');
  await expect(page.getByRole('region', { name: 'Waiting on this device' }).getByRole('listitem')).toHaveCount(2);

  // The page dies and comes back without a network: by the service worker, from what is kept.
  await page.reload();
  await expect(answers(page, 'First answer.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Waiting on this device' }).getByRole('listitem')).toHaveCount(2);

  await context.setOffline(false);
  await expect(answers(page, 'Third answer.')).toBeVisible({ timeout: 60_000 });
  const said = chat(page).getByRole('listitem');
  await expect(said).toHaveCount(6);
  await page.reload();
  await expect(said).toHaveCount(6);
  const prompts = said.filter({ has: page.getByRole('heading', { name: 'You' }) });
  await expect(prompts).toHaveText([/First\./, /Second\./, /Third\./]);
  expect(watch.complaints).toEqual([]);
});

test('a server that dies in the middle of an answer comes back, and the text is whole', async ({
  page,
  server,
  watch,
}) => {
  await pair(page, server);
  await createEmpty(page, server, 'Restart');
  await say(page, '[[tokens 300]] [[delay 30]] Count');
  await expect(chat(page).getByText(/word20 /)).toBeVisible({ timeout: 60_000 });
  await server.kill();
  await expect(page.getByText('Reconnecting').or(page.getByText('Offline', { exact: true }))).toBeVisible();
  await server.run();
  await expect(chat(page).getByText(/word299/)).toBeVisible({ timeout: 60_000 });
  const text = await chat(page)
    .getByText(/word299/)
    .innerText();
  expect(text.split(/\s+/).filter((word) => /^word\d+$/.test(word))).toEqual(
    Array.from({ length: 300 }, (_, index) => `word${index}`),
  );
  await expect(page.getByText('Reconnecting')).toBeHidden();
  expect(watch.complaints).toEqual([]);
});

test('asleep, the socket is closed; what was decided elsewhere is gone within a second of waking', async ({
  page,
  browser,
  server,
  watch,
}) => {
  const sockets: WebSocket[] = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await pair(page, server);
  await createEmpty(page, server, 'Sleeper');
  await say(page, '[[bash: touch made]] [[text: It is made.]]');
  const card = page.getByRole('region', { name: 'Run this command?' });
  await expect(card).toBeVisible({ timeout: 60_000 });

  // As a phone hides a page: the page is told, and its sockets must not outlive that.
  const closed = new Promise<void>((resolve) => sockets.at(-1)?.on('close', () => resolve()));
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await closed;

  const elsewhere = await browser.newContext({ locale: 'en' });
  const tablet = await elsewhere.newPage();
  await pair(tablet, server);
  await expect(tablet.getByText('Run this command?', { exact: true })).toBeVisible();
  await tablet.waitForTimeout(450);
  await tablet.getByRole('button', { name: 'Allow once' }).click();
  await expect(tablet.getByText('Nothing needs you.')).toBeVisible();
  await expect(tablet.getByText('Working')).toHaveCount(0, { timeout: 60_000 });
  await elsewhere.close();
  await expect(card, 'nothing is heard while it sleeps').toBeVisible();

  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => false });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect(card).toBeHidden({ timeout: 1_000 });
  await expect(answers(page, 'It is made.')).toBeVisible({ timeout: 1_000 });
  expect(watch.complaints).toEqual([]);
});

test('a first message written offline makes one session, and the reader is not taken away', async ({
  page,
  context,
  server,
  watch,
}) => {
  await pair(page, server);
  await createEmpty(page, server, 'Later');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await say(page, 'Hello [[text: Hello to you.]]');
  await expect(chat(page).getByText('Waiting on this device')).toBeVisible();
  await page.getByRole('link', { name: 'Back' }).click();
  await context.setOffline(false);
  await expect(page.getByText('Offline', { exact: true })).toBeHidden();
  await page.getByRole('link', { name: /^Later/ }).click();
  await expect(answers(page, 'Hello to you.')).toBeVisible({ timeout: 60_000 });
  await expect(chat(page).getByRole('listitem')).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Sessions: 1' })).toBeVisible();
  expect(watch.complaints).toEqual([]);
});
