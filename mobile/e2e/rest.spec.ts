// An agent that sleeps: said where it is seen, put to sleep and woken by hand and by a message.
import { choose, createEmpty, expect, look, pair, say, test } from './fixtures';

test('an agent is put to sleep, and a message wakes it', async ({ page, server, watch, isMobile }) => {
  await pair(page, server);
  await createEmpty(page, server, 'Tide tables');
  await say(page, 'First. [[text: First answer.]]');
  const chat = page.getByRole('list', { name: 'Chat' });
  await expect(chat.getByText('First answer.', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Working')).toHaveCount(0);
  const address = page.url();

  await page.goto(`${server.url}/projects/tide-tables/settings`);
  const after = page.getByRole('combobox', { name: 'Sleep when nothing was asked for' });
  await expect(after).toContainText('As the server has it');
  await choose(page, 'Sleep when nothing was asked for', '2 hours');
  await page.reload();
  await expect(after).toHaveText('2 hours');
  await after.scrollIntoViewIfNeeded();
  await look(page, 'project-sleep-setting');

  const sleep = page.getByRole('button', { name: 'Sleep', exact: true });
  await expect(sleep).toBeEnabled({ timeout: 30_000 });
  await sleep.click();
  await expect(page.getByRole('button', { name: 'Wake', exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/Sleeping since/).first()).toBeVisible({ timeout: 30_000 });
  await look(page, 'project-sleeping');
  await page.goto(`${server.url}/`);
  await expect(page.getByText('Sleeping', { exact: true }).first()).toBeVisible();
  if (isMobile) await look(page, 'home-sleeping');

  await page.goto(address);
  await expect(page.getByText(/Wakes with your next message/).first()).toBeVisible();
  await look(page, 'chat-sleeping');
  await say(page, 'Second. [[text: Second answer.]]');
  await expect(page.getByText('The agent wakes. This takes some seconds.').first()).toBeVisible();
  await look(page, 'chat-waking');
  await expect(chat.getByText('Second answer.', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/Wakes with your next message|The agent wakes/)).toHaveCount(0);
  expect(watch.complaints).toEqual([]);
});
