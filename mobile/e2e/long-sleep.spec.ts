// Five minutes in a pocket, for real: the page is frozen and without a network in the middle of an answer, while the server
// dies and comes back and another device decides and writes.
import { setTimeout as wait } from 'node:timers/promises';

import { createEmpty, expect, pair, say, test } from './fixtures';

const MINUTES = 5;
const LONG = { timeout: 60_000 };
/** Right again within this time. */
const AT_ONCE = { timeout: 1_000 };

test('after five minutes asleep everything is right within a second', async ({
  page,
  context,
  browser,
  server,
  watch,
}) => {
  test.setTimeout((MINUTES + 4) * 60_000);
  await pair(page, server);
  await createEmpty(page, server, 'Sleeper');
  const chat = page.getByRole('list', { name: 'Chat' });
  await say(page, '[[bash: touch made]] [[text: It is made.]]');
  await expect(page.getByRole('region', { name: 'Run this command?' })).toBeVisible(LONG);
  const asking = page.url();
  await page.goto(`${server.url}/projects/sleeper/sessions/new`);
  await say(page, '[[tokens 600]] [[delay 30]] Count');
  await expect(chat.getByText(/word20 /)).toBeVisible(LONG);
  const counting = page.url();

  const devtools = await context.newCDPSession(page);
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await say(page, 'Written under way [[text: Answered after all.]]');
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toBeVisible();
  const asleepAt = Date.now();
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });

  await server.kill();
  await wait(5_000);
  await server.run();
  const elsewhere = await browser.newContext({ locale: 'en' });
  const tablet = await elsewhere.newPage();
  await pair(tablet, server);
  await expect(tablet.getByText('Run this command?', { exact: true })).toBeVisible(LONG);
  await wait(450);
  await tablet.getByRole('button', { name: 'Allow once' }).click();
  await expect(tablet.getByText('Nothing needs you.')).toBeVisible(LONG);
  await tablet.goto(asking);
  const told = tablet.getByRole('list', { name: 'Chat' });
  await expect(told.getByText('It is made.', { exact: true })).toBeVisible(LONG);
  await say(tablet, 'From the tablet [[text: Told the tablet.]]');
  await expect(told.getByText('Told the tablet.', { exact: true })).toBeVisible(LONG);
  await tablet.goto(counting);
  await expect(told.getByText(/word599/)).toBeVisible(LONG);
  await elsewhere.close();
  await wait(asleepAt + MINUTES * 60_000 - Date.now());

  await context.setOffline(false);
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  const awakeAt = Date.now();
  await expect(chat.getByText(/word599/)).toBeVisible(AT_ONCE);
  console.log(`right ${Date.now() - awakeAt} ms after ${MINUTES} minutes`);
  const text = await chat.getByText(/word599/).innerText();
  expect(text.split(/\s+/).filter((word) => /^word\d+$/.test(word))).toEqual(
    Array.from({ length: 600 }, (_, index) => `word${index}`),
  );
  // What was written before is sent now, once.
  await expect(chat.getByText('Answered after all.', { exact: true })).toBeVisible(LONG);
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toHaveCount(0);
  await expect(chat.getByRole('heading', { name: 'You' })).toHaveCount(2);
  await page.goto(server.url);
  await expect(page.getByText('Nothing needs you.')).toBeVisible(AT_ONCE);
  await page.goto(asking);
  await expect(chat.getByText('Told the tablet.', { exact: true })).toBeVisible();
  await expect(chat.getByRole('heading', { name: 'You' })).toHaveText(['You', 'You']);
  await expect(chat.getByText('It is made.', { exact: true })).toHaveCount(1);
  expect(watch.complaints).toEqual([]);
});
