// The first-time walk: pairing link, project from a git URL, prompt, permission card, diff, commit, stop, delete.
import type { Request } from '@playwright/test';

import { createEmpty, expect, look, pair, say, test } from './fixtures';

test('from a pairing link to a commit, and away again', async ({ page, server, watch }) => {
  const loaded: Request[] = [];
  page.on('requestfinished', (request) => loaded.push(request));
  await page.goto(server.pairingLink());
  await expect(page.getByRole('button', { name: 'Pair' })).toBeVisible();
  await expect(page, 'the code has left the address').toHaveURL(`${server.url}/pair`);
  await look(page, '01-pair');
  await page.getByRole('button', { name: 'Pair' }).click();
  await expect(page.getByText('No project yet.')).toBeVisible();
  await look(page, '02-home-empty');
  const own = loaded.filter((request) => !request.serviceWorker());
  const sizes = await Promise.all(own.map(async (request) => (await request.sizes()).responseBodySize));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`first load, pairing and home: ${Math.round(total / 1000)} kB in ${sizes.length} answers`);
  expect(total).toBeLessThan(250_000);

  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByRole('radio', { name: 'Git URL' }).check({ force: true });
  await page.getByRole('textbox', { name: 'Address' }).fill(server.repository());
  await expect(page.getByText(/Reachable · 1 branch/)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('tide-tables');
  await look(page, '03-new');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByText('Make the repository')).toBeVisible();
  await look(page, '04-progress');
  await expect(page.getByText('What should be done?')).toBeVisible({ timeout: 60_000 });
  await look(page, '05-chat-empty');

  await say(page, 'Keep notes. [[bash: mkdir -p notes && date > notes/today.md]] [[text: There are notes now.]]');
  const card = page.getByRole('region', { name: 'Run this command?' });
  await expect(card).toBeVisible({ timeout: 60_000 });
  await expect(card.getByText('mkdir -p notes && date > notes/today.md').first()).toBeVisible();
  await look(page, '06-permission');
  await page.waitForTimeout(450); // a tap within 400 ms of the card's arrival is not meant for it
  await card.getByRole('button', { name: 'Allow once' }).click();
  await expect(page.getByRole('list', { name: 'Chat' }).getByText('There are notes now.', { exact: true })).toBeVisible(
    { timeout: 60_000 },
  );
  await expect(card).toBeHidden();
  await look(page, '07-answered');

  await page.getByRole('link', { name: 'Changes' }).click();
  await page.getByRole('button', { name: /^New: +today\.md/ }).click();
  await expect(page.getByText(/20\d\d/).first()).toBeVisible();
  await look(page, '08-changes');
  await page.getByRole('textbox', { name: 'What was done' }).fill('Keep notes');
  await page.getByRole('button', { name: 'Commit' }).click();
  await expect(page.getByText('Committed and pushed “Keep notes”.')).toBeVisible();
  await expect(page.getByText('Nothing changed on main.')).toBeVisible();

  await page.getByRole('link', { name: 'Project', exact: true }).click();
  await look(page, '09-project');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Delete project' }).click();
  await look(page, '10-delete');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByText('No project yet.')).toBeVisible({ timeout: 60_000 });
  expect(watch.complaints).toEqual([]);
});

test('a question is answered, an answer streams, a turn is stopped', async ({ page, server, watch }) => {
  await pair(page, server);
  await createEmpty(page, server, 'Questions');
  await say(page, '[[question: Tabs or spaces?]] [[text: As you like.]]');
  await expect(page.getByRole('form', { name: 'Tabs or spaces?' })).toBeVisible({ timeout: 60_000 });
  await look(page, '11-question');
  await page.waitForTimeout(450);
  await page.getByRole('radio').first().check();
  await page.getByRole('button', { name: 'Answer' }).click();
  await expect(page.getByRole('list', { name: 'Chat' }).getByText('As you like.', { exact: true })).toBeVisible({
    timeout: 60_000,
  });

  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
  await say(page, '[[tokens 4000]] [[delay 40]] Tell me a long story');
  await expect(page.getByRole('list', { name: 'Chat' }).getByText(/word20/)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Stop the agent' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Stop the agent' }).click();
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible({ timeout: 30_000 });
  expect(watch.complaints).toEqual([]);
});
