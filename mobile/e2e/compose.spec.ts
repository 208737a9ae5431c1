// What goes with a message besides its text: whom it is for, a command, files.
import type { Page } from '@playwright/test';

import { createEmpty, expect, keptDrafts, look, pair, test } from './fixtures';

const chat = (page: Page) => page.getByRole('list', { name: 'Chat' });
const field = (page: Page) => page.getByRole('textbox', { name: 'Message' });
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true }).click();
const LONG = { timeout: 60_000 };
/** One red dot. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

test('a message goes with files to the agent that was chosen, and a command is run', async ({
  page,
  server,
  watch,
}) => {
  await pair(page, server);
  await createEmpty(page, server, 'Compose');
  const agent = page.getByRole('combobox', { name: 'Agent' });
  await expect(agent).toBeVisible(LONG);
  await agent.click();
  await expect(page.getByRole('option', { name: 'build' })).toHaveAttribute('aria-selected', 'true');
  await look(page, 'compose-agents');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('option')).toHaveCount(0);
  // By the keys alone.
  await agent.press('ArrowDown');
  await agent.press('p');
  await agent.press('Enter');
  await expect(agent).toHaveAccessibleName('Agent: plan');
  await expect(agent).toBeFocused();
  const note = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('Low water at nine') };
  const dot = { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(DOT, 'base64') };
  await page.locator('input[type=file]').setInputFiles([dot, note]);
  const attached = page.getByRole('list', { name: 'Attached' });
  await expect(attached.getByRole('listitem')).toHaveCount(2);
  await field(page).fill('[[text: Seen.]] What does the note say?');
  await look(page, 'compose-files');

  // It is kept with the draft.
  await expect.poll(() => keptDrafts(page)).toMatch(/What does.*dot\.png.*note\.txt.*plan/);
  await page.reload();
  await expect(attached.getByRole('listitem')).toHaveCount(2);
  await expect(agent).toHaveAccessibleName('Agent: plan', LONG);
  await send(page);
  await expect(chat(page).getByText('Seen.', { exact: true })).toBeVisible(LONG);
  await expect(chat(page).getByRole('list', { name: 'Attached' }).getByRole('listitem')).toHaveCount(2);
  await expect(agent, 'the session goes on with it').toHaveAccessibleName('Agent: plan');
  await look(page, 'compose-sent');

  await page.getByRole('button', { name: 'Run a command' }).click();
  await expect(page.getByRole('listbox', { name: 'Commands' })).toBeVisible();
  await look(page, 'compose-commands');
  await page.keyboard.type('ini');
  await expect(page.getByRole('listbox', { name: 'Commands' }).getByRole('option')).toHaveText([/^\/init/]);
  await page.keyboard.press('Enter');
  await expect(field(page)).toHaveValue('/init ');
  await field(page).fill('/init [[text: Initialised.]]');
  await send(page);
  await expect(chat(page).getByText('Initialised.', { exact: true })).toBeVisible(LONG);
  await expect(chat(page).getByText('/init [[text: Initialised.]]', { exact: true })).toBeVisible();
  expect(watch.complaints).toEqual([]);
});
