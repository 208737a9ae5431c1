// A new project with what is said to it first and what its agent need not ask.
import { expect, expectToFit, look, pair, test } from './fixtures';

const LONG = { timeout: 60_000 };

test('the first message is written with the project, waits on the device and arrives once', async ({
  page,
  context,
  server,
  watch,
  isMobile,
}) => {
  await pair(page, server);
  await page.goto(`${server.url}/new`);
  await page.getByRole('radio', { name: 'Git URL' }).check({ force: true });
  const address = page.getByRole('textbox', { name: 'Address' });
  await expect(page.getByText('owner/name on GitHub')).toBeVisible();
  // Asked of the server only: nobody else is there in a test.
  await page.route('**/graphql', async (route) => {
    const asked = route.request().postData() ?? '';
    if (!asked.includes('query CheckGitUrl') || !asked.includes('github.com')) return route.continue();
    expect(JSON.parse(asked).variables.url).toBe('https://github.com/octocat/Hello-World.git');
    const check = { isUsable: true, problem: null, defaultBranch: 'master', branches: ['master', 'test'], tags: [] };
    await route.fulfill({ json: { data: { checkGitUrl: check } } });
  });
  await address.fill('octocat/Hello-World');
  await expect(page.getByText('https://github.com/octocat/Hello-World.git')).toBeVisible();
  await expect(page.getByText(/Reachable · 2 branches/)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Hello-World');
  await look(page, 'new-github');

  await address.fill(server.repository());
  await expect(page.getByText(/Reachable · 1 branch/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('Tides');
  await page
    .getByRole('textbox', { name: 'First message' })
    .fill('Keep notes [[bash: date > today.md]] [[text: There are notes now.]]');
  await page.getByRole('radio', { name: 'Everything' }).check();
  await expectToFit(page, 'new');
  await look(page, 'new-whole');
  if (isMobile) {
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    await expectToFit(page, 'new-large');
    await look(page, 'new-large');
    await page.evaluate(() => (document.documentElement.style.fontSize = ''));
  }

  // Without a network it waits here, over the end of the page, and so does the message that goes with it.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Create when online' }).click();
  await expect(page.getByText('Create Tides').first()).toBeVisible();
  await page.reload();
  await expect(page.getByText('Create Tides').first()).toBeVisible();
  await context.setOffline(false);
  await page
    .getByRole('main')
    .getByRole('link', { name: /^Tides/ })
    .click(LONG);
  // The server dies while the project comes.
  await server.kill();
  await server.run();
  const chat = page.getByRole('list', { name: 'Chat' });
  await expect(chat.getByText('There are notes now.', { exact: true })).toBeVisible(LONG);
  await expect(chat.getByRole('heading', { name: 'You' })).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Sessions: 1' })).toBeVisible();
  await page.goto(server.url);
  await expect(page.getByText('Nothing needs you.'), 'nothing was asked').toBeVisible();
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toHaveCount(0);
  await page.goto(`${server.url}/projects/tides/settings`);
  await expect(page.getByRole('radio', { name: 'Everything' })).toBeChecked();

  // What the last project's agent offers can be chosen for the next one.
  await page.goto(`${server.url}/new`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Moons');
  await page.getByRole('textbox', { name: 'First message' }).fill('Say [[text: So be it.]]');
  const agent = page.getByRole('combobox', { name: 'Agent' });
  await agent.click(LONG);
  await page.getByRole('option', { name: 'plan' }).click();
  await look(page, 'new-agent');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(chat.getByText('So be it.', { exact: true })).toBeVisible(LONG);
  await expect(agent, 'the session goes on with it').toHaveAccessibleName('Agent: plan', LONG);
  expect(watch.complaints).toEqual([]);
});

test('something can be said while the project is being made', async ({ page, server, watch }) => {
  await pair(page, server);
  await page.goto(`${server.url}/new`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Quick');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('region', { name: 'First message' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Message' }).fill('Hello [[text: Hello to you.]]');
  await look(page, 'progress-compose');
  await page.getByRole('button', { name: 'Send' }).click();
  const chat = page.getByRole('list', { name: 'Chat' });
  await expect(chat.getByText('Hello to you.', { exact: true })).toBeVisible(LONG);
  await expect(chat.getByRole('listitem')).toHaveCount(2);
  expect(watch.complaints).toEqual([]);
});
