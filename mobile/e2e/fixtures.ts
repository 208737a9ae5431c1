import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';

import { TestServer } from './server';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Watch {
  /** What the browser complained about, and what was asked of anybody but the server. */
  complaints: string[];
}

export const test = base.extend<{ watch: Watch; settings: Record<string, string>; server: TestServer }>({
  /** Of the server, besides those that it has in all tests. */
  settings: {},
  server: [
    async ({ settings }, use) => {
      const server = await TestServer.start(settings);
      await use(server);
      await server.stop();
    },
    { timeout: 120_000 },
  ],
  watch: async ({ context, server }, use) => {
    const watch: Watch = { complaints: [] };
    follow(context, server, watch);
    await use(watch);
    expect(watch.complaints).toEqual([]);
  },
});

export { expect };

function follow(context: BrowserContext, server: TestServer, watch: Watch): void {
  context.on('console', (message) => {
    // A network that was taken away on purpose makes the browser say so.
    if (['error', 'warning'].includes(message.type()) && !/net::ERR|WebSocket connection/.test(message.text())) {
      watch.complaints.push(message.text());
    }
  });
  context.on('weberror', (error) => watch.complaints.push(String(error.error())));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) watch.complaints.push(`asked for ${url}`);
  });
}

/** Pairs a fresh browser as a person would who opens the link. */
export async function pair(page: Page, server: TestServer): Promise<void> {
  await page.goto(server.pairingLink());
  await page.getByRole('button', { name: 'Pair' }).click();
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `pictures/${test.info().project.name}/${name}.png` });
}

/** What axe-core finds, as sentences. Evaluated by the debugger, since the page's policy lets no script in. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: Violation[] }> } };
    interface Violation {
      id: string;
      help: string;
      nodes: { target: string[]; html: string; failureSummary: string }[];
    }
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        (node) =>
          `${id}: ${help} at ${node.target.join(' ')}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`,
      ),
    );
  });
}

/** Nothing is wider than the screen, so that nothing moves sideways. */
export async function expectToFit(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll('.content, header, .dock')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.className}: ${element.scrollWidth} > ${element.clientWidth}`),
  );
  expect(wide, name).toEqual([]);
}

export async function look(page: Page, name: string): Promise<void> {
  // A page that is not drawn yet has no faults.
  await expect(page.locator('h1:visible, h2:visible').first()).toBeVisible();
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
        .map((animation) => animation.finished.catch(() => {})),
    ),
  );
  await picture(page, name);
  expect(await violations(page), name).toEqual([]);
}

/** Writes and sends a message in the chat that is open. */
export async function say(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('button', { name: /^(Send|Keep, and send)/ }).click();
}

/** One of a list that opens. */
export async function choose(page: Page, what: string, word: string): Promise<void> {
  await page.getByRole('combobox', { name: what }).click();
  await page.getByRole('option', { name: word, exact: true }).click();
}

export async function createEmpty(page: Page, server: TestServer, name: string): Promise<void> {
  await page.goto(`${server.url}/new`);
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByText('What should be done?')).toBeVisible({ timeout: 60_000 });
}

/** What the page has on the disk of messages that are being written. */
export function keptDrafts(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const open = indexedDB.open('pcc');
        open.onerror = () => reject(new Error('no database'));
        open.onsuccess = () => {
          const all = open.result.transaction('drafts').objectStore('drafts').getAll();
          all.onsuccess = () => {
            open.result.close();
            resolve(JSON.stringify(all.result));
          };
        };
      }),
  );
}
