// While the agent works: what waits behind it, what takes its place, what is taken back; and what it need not ask.
import type { Page } from '@playwright/test';

import { choose, createEmpty, expect, look, pair, say, test } from './fixtures';

const chat = (page: Page) => page.getByRole('list', { name: 'Chat' });
const LONG = { timeout: 60_000 };

test('a message waits and is cancelled, another takes the place of the turn', async ({ page, server, watch }) => {
  await pair(page, server);
  await createEmpty(page, server, 'Steer');
  await say(page, '[[tokens 2000]] [[delay 30]] Count');
  await expect(chat(page).getByText(/word10 /)).toBeVisible(LONG);

  await page.getByRole('textbox', { name: 'Message' }).fill('Later. [[text: Never said.]]');
  await expect(page.getByRole('button', { name: 'While the agent works: Queue' })).toBeVisible();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(chat(page).getByText('Sent. The agent gets it when it can.')).toBeVisible();
  await look(page, 'steer-queued');
  await chat(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(chat(page).getByText('It was cancelled before it was sent.', { exact: true })).toBeVisible();

  await page.getByRole('textbox', { name: 'Message' }).fill('Now. [[text: Said now.]]');
  await page.getByRole('button', { name: 'While the agent works: Queue' }).click();
  await expect(page.getByRole('button', { name: 'While the agent works: Interrupt' })).toBeVisible();
  await look(page, 'steer-interrupt');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(chat(page).getByText('Said now.', { exact: true })).toBeVisible(LONG);
  await expect(chat(page).getByText(/word1999/)).toHaveCount(0);
  await expect(chat(page).getByText('Never said.', { exact: true })).toHaveCount(0);
  expect(watch.complaints).toEqual([]);
});

test('a rule makes a request unnecessary, and the keys are listed', async ({ page, server, watch }) => {
  await pair(page, server);
  await createEmpty(page, server, 'Rules');
  await page.goto(`${server.url}/projects/rules/settings`);
  await page.getByRole('textbox', { name: 'Command, file or address' }).fill('echo *');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await expect(page.getByRole('list', { name: 'Rules' }).getByText('echo *')).toBeVisible();
  await choose(page, 'Refuse if nobody answers within', '10 minutes');
  await page.getByRole('list', { name: 'Rules' }).scrollIntoViewIfNeeded();
  await look(page, 'rules');
  await page.reload();
  await expect(page.getByRole('list', { name: 'Rules' }).getByText('echo *')).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Refuse if nobody answers within' })).toHaveText('10 minutes');
  await page.keyboard.press('?');
  await look(page, 'keys');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.goto(`${server.url}/projects/rules`);
  await say(page, '[[bash: echo allowed]] [[text: Echoed.]]');
  await expect(chat(page).getByText('Echoed.', { exact: true })).toBeVisible(LONG);
  await expect(page.getByText('Run this command?')).toHaveCount(0);
  expect(watch.complaints).toEqual([]);
});
