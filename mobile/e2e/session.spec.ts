// What becomes of a session: todos, copies, steps back, the archive, a file; and what the day has cost.
import { readFileSync } from 'node:fs';

import { createEmpty, expect, look, pair, say, test } from './fixtures';

test('a session is copied, summed up, exported and put away', async ({ page, server, watch }) => {
  // The scripted model has no price.
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('CostsToday')) return route.continue();
    const response = await route.fetch();
    const answer = await response.json();
    for (const project of answer.data.projects.nodes) project.usageToday.costUsd = 0.42;
    await route.fulfill({ response, json: answer });
  });
  await pair(page, server);
  await createEmpty(page, server, 'atlas-api');
  await say(page, 'Plan the work [[todo: Read the tables; Mend the phase; Test the tides]]');
  const todos = page.getByRole('region', { name: 'To do' });
  await expect(todos).toBeVisible({ timeout: 60_000 });
  await todos.getByRole('button').click();
  await expect(todos.getByRole('listitem')).toHaveCount(3);
  await look(page, 'todos');
  await todos.getByRole('button').click();

  const menu = page.getByRole('button', { name: 'Session actions' });
  const choose = async (name: string) => {
    await menu.click();
    await page.getByRole('button', { name, exact: true }).click();
  };
  await menu.click();
  await expect(page.getByRole('button', { name: 'Archive', exact: true })).toBeVisible();
  await look(page, 'session-menu');
  await page.keyboard.press('Escape');

  // Nothing of this while a turn runs.
  const atRest = () => expect(page.getByRole('button', { name: 'Stop the agent' })).toBeHidden({ timeout: 60_000 });
  await atRest();
  await expect(page.getByText('$0.42 today')).toBeVisible();
  const downloading = page.waitForEvent('download');
  await choose('Export as Markdown');
  const file = readFileSync(await (await downloading).path(), 'utf8');
  expect(file).toMatch(/^# /);
  expect(file).toContain('Plan the work');

  await choose('Summarize');
  await expect(page.getByText('Summed up from here')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Relevant Files', { exact: true })).toBeVisible({ timeout: 60_000 });
  await atRest();
  await look(page, 'summary');

  const original = page.url();
  await choose('Copy to a new session');
  await expect(page).not.toHaveURL(original);
  await expect(page.getByRole('heading', { name: /\(fork #1\)$/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Relevant Files', { exact: true })).toBeVisible({ timeout: 60_000 });
  await choose('Archive');
  await expect(page.getByText('Archived. It stands at the end of the sessions.')).toBeVisible();
  await page.getByRole('button', { name: /^Sessions: 1/ }).click();
  await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('Escape');
  // What was put away stands behind the others, and is taken out again from there.
  await page.goto(original);
  await page.getByRole('button', { name: /^Sessions: 1/ }).click();
  await page.getByRole('button', { name: 'Archived' }).click();
  const archived = page.getByRole('list', { name: 'Archived' }).getByRole('link');
  await expect(archived).toHaveCount(1);
  await look(page, 'archived');
  await archived.click();
  await choose('Take out of the archive');
  await expect(page.getByRole('button', { name: /^Sessions: 2/ })).toBeVisible();

  await page.goto(server.url);
  await expect(page.getByText('$0.42 today').first()).toBeVisible();
  await look(page, 'home-cost');
  expect(watch.complaints).toEqual([]);
});

test('a person goes to and fro between sessions, and each keeps its own', async ({ page, server, watch }) => {
  await pair(page, server);
  await createEmpty(page, server, 'atlas-api');
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  const chat = page.getByRole('list', { name: 'Chat' });
  // Whoever begins a session goes on typing in the same field: the keyboard of a phone stays.
  const begin = async (text: string) => {
    await composer.evaluate((field) => (field.id = 'first-field'));
    await composer.fill(text);
    await composer.press('Control+Enter');
    await expect(chat.getByText(text)).toBeVisible({ timeout: 60_000 });
    await expect(page).toHaveURL(/\/sessions\/(?!new)/, { timeout: 60_000 });
    await expect(page.locator('#first-field')).toBeFocused();
  };
  await begin('The tides come first');
  const first = new URL(page.url()).pathname;
  await composer.fill('Not sent to the tides');
  await page.getByRole('button', { name: 'Session actions' }).click();
  await page.getByRole('button', { name: 'New session', exact: true }).click();
  await expect(composer).toHaveValue('');
  await begin('The moon comes second');
  const second = new URL(page.url()).pathname;

  const drawer = page.getByRole('button', { name: /^Sessions: 2/ });
  const go = async (path: string) => {
    await drawer.click();
    await page.locator(`dialog a[href="${path}"]`).press('Enter');
    await expect(page.getByRole('dialog')).toBeHidden();
  };
  await go(first);
  await expect(page).toHaveURL(new RegExp(`${first}$`));
  await expect(chat.getByText('The tides come first')).toBeVisible();
  await expect(chat.getByText('The moon comes second')).toBeHidden();
  await expect(composer).toHaveValue('Not sent to the tides');
  await expect(page.locator('main')).toBeFocused();
  await go(second);
  await expect(chat.getByText('The moon comes second')).toBeVisible();
  await expect(composer).toHaveValue('');
  // The one that is there already.
  await go(second);
  await expect(page).toHaveURL(new RegExp(`${second}$`));
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`${first}$`));
  await expect(chat.getByText('The tides come first')).toBeVisible();
  await expect(composer).toHaveValue('Not sent to the tides');
  expect(watch.complaints).toEqual([]);
});

test('a message is taken back with what it did, or copied away from', async ({ page, server, watch }) => {
  await pair(page, server);
  await createEmpty(page, server, 'tides');
  const chat = page.getByRole('list', { name: 'Chat' });
  const long = { timeout: 60_000 };
  await say(page, 'First [[text: First answer.]]');
  await expect(chat.getByText('First answer.', { exact: true })).toBeVisible(long);
  await say(page, 'Second [[text: Second answer.]]');
  await expect(chat.getByText('Second answer.', { exact: true })).toBeVisible(long);

  const more = page.getByRole('button', { name: 'What can be done with this message' });
  await expect(more).toHaveCount(2, long);
  await more.last().click();
  await expect(page.getByRole('button', { name: 'Take back from here, files too' })).toBeVisible();
  await look(page, 'message-menu');
  await page.getByRole('button', { name: 'Take back from here, files too' }).click();
  await expect(chat.getByText('Second answer.', { exact: true })).toHaveCount(0, long);
  await expect(chat.getByText('First answer.', { exact: true })).toBeVisible();
  await expect(page.getByText('Taken back, files too.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('Second [[text: Second answer.]]');
  await look(page, 'reverted');
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(chat.getByText('Second answer.', { exact: true })).toBeVisible(long);
  await expect(page.getByText('Taken back, files too.')).toHaveCount(0);

  const original = page.url();
  await more.last().click();
  await page.getByRole('button', { name: 'Copy all before it to a new session' }).click();
  await expect(page).not.toHaveURL(original);
  await expect(chat.getByText('First answer.', { exact: true })).toBeVisible(long);
  await expect(chat.getByText('Second answer.', { exact: true })).toHaveCount(0);
  expect(watch.complaints).toEqual([]);
});
