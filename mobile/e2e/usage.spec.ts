// What agents have used: of a project by day and session, of all projects, and of the machine.
import type { Page, Route } from '@playwright/test';

import { createEmpty, expect, expectToFit, look, pair, say, test } from './fixtures';

const DAY = 24 * 3_600_000;
const sum = (tokens: number, costUsd: number | null) => ({
  answers: tokens > 0 ? 3 : 0,
  inputTokens: tokens,
  outputTokens: Math.round(tokens / 12),
  reasoningTokens: 0,
  cacheReadTokens: tokens * 3,
  cacheWriteTokens: 0,
  costUsd,
});
/** As the page's own calendar has it. */
const date = (ago: number) => {
  const day = new Date(Date.now() - ago * DAY);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
};
/** Not on every day, and more on some. */
const MANY = Array.from({ length: 90 }, (_, index) => 89 - index)
  .filter((ago) => ago === 0 || ago % 7 < 5)
  .map((ago) => ({ date: date(ago), usage: sum(40_000 + ((ago * 7_919) % 13) * 30_000, 0.5 + ((ago * 31) % 9) / 4) }));

/** The scripted model has no price, and no past. */
async function withPast(page: Page, answer: { isFailing: boolean }): Promise<void> {
  await page.route('**/graphql', async (route: Route) => {
    const asked = route.request().postData() ?? '';
    if (!asked.includes('query ProjectUsage') && !asked.includes('query CostsToday')) return route.continue();
    const response = await route.fetch();
    const json = await response.json();
    if (asked.includes('query CostsToday')) {
      for (const project of json.data.projects.nodes) project.usageToday.costUsd = 0.5;
    } else if (answer.isFailing) {
      json.errors = [{ message: 'The disk is full.', extensions: { code: 'INTERNAL' } }];
    } else {
      Object.assign(json.data.project, { all: sum(40_000_000, 123.456), today: MANY.at(-1)?.usage, byDay: MANY });
    }
    await route.fulfill({ response, json });
  });
}

/** How much of a canvas is drawn on. */
const drawn = (page: Page, index: number) =>
  page
    .locator('canvas')
    .nth(index)
    .evaluate((canvas: HTMLCanvasElement) => {
      const data =
        canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray(4);
      return data.filter((value, at) => at % 4 === 3 && value > 0).length / (data.length / 4);
    });

test('what was used is counted, and seen offline too', async ({ page, context, server, watch, isMobile }) => {
  await pair(page, server);
  await createEmpty(page, server, 'tide-tables');
  const usage = `${server.url}/projects/tide-tables/usage`;
  await page.goto(usage);
  await expect(page.getByText('Nothing was used yet.')).toBeVisible();
  await look(page, 'usage-empty');
  await page.goto(`${server.url}/projects/tide-tables`);
  await say(page, 'Count the tides [[text: There are two each day.]]');
  await expect(
    page.getByRole('list', { name: 'Chat' }).getByText('There are two each day.', { exact: true }),
  ).toBeVisible({ timeout: 60_000 });
  await page.goto(`${server.url}/projects/tide-tables/settings`);
  await page.getByRole('link', { name: /^Tokens and cost/ }).click();
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page.getByRole('link', { name: /^Count the tides .*read/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Cost/ }), 'it cost nothing').toHaveCount(0);
  await expect(page.getByRole('img', { name: /^Tokens by day, last 30 days/ })).toBeVisible();
  await look(page, 'usage-little');

  const answer = { isFailing: true };
  await withPast(page, answer);
  await page.reload();
  await expect(page.getByRole('alert').getByText('The disk is full.')).toBeVisible();
  await expect(page.getByRole('row'), 'what was known stays').toHaveCount(2);
  await look(page, 'usage-failed');
  answer.isFailing = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('img', { name: /^Cost by day, last 30 days: \$\d+/ })).toBeVisible();
  await expect(page.locator('canvas')).toHaveCount(2);
  expect(await drawn(page, 0)).toBeGreaterThan(0.05);
  await expectToFit(page, 'usage');
  await look(page, 'usage');
  const days = MANY.filter((day) => day.date > date(7));
  await page.getByRole('radio', { name: '7 days' }).check({ force: true });
  await expect(page.getByRole('row')).toHaveCount(days.length + 1);
  const cost = days.reduce((sum, day) => sum + (day.usage.costUsd ?? 0), 0);
  await expect(page.getByText('Last 7 days').locator('..')).toContainText(`$${cost.toFixed(cost < 10 ? 2 : 0)}`);
  await page.getByRole('radio', { name: '90 days' }).check({ force: true });
  await page.getByRole('button', { name: `Show all ${MANY.length} days` }).click();
  await expect(page.getByRole('row')).toHaveCount(MANY.length + 1);
  await expect(page.getByText('Deleted and older sessions')).toBeVisible();
  await look(page, 'usage-90');

  if (isMobile) {
    for (const change of ['large', 'rtl'] as const) {
      await page.evaluate((change) => {
        if (change === 'large') document.documentElement.style.fontSize = '200%';
        else document.documentElement.dir = 'rtl';
      }, change);
      await page.setViewportSize({ width: change === 'large' ? 391 : 390, height: 844 });
      await expectToFit(page, `usage-${change}`);
      await look(page, `usage-${change}`);
    }
  }

  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(/as of/)).toBeVisible();
  await expect(page.getByRole('img', { name: /^Cost by day/ })).toBeVisible();
  await expect(page.locator('canvas'), 'the charts are there without a network').toHaveCount(2);
  await look(page, 'usage-offline');
  await context.setOffline(false);

  await page.goto(server.url);
  await page.getByRole('link', { name: '$0.50 today', exact: true }).click();
  await expect(page).toHaveURL(`${server.url}/usage`);
  await expect(page.getByRole('main').getByRole('link', { name: /^tide-tables/ })).toBeVisible();
  await look(page, 'usage-all');
  expect(watch.complaints).toEqual([]);
});
