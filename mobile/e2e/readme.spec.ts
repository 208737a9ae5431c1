// The pictures of the README: the real server and the real OpenCode, with a scripted model, whose directions are taken out of
// what a person seems to have written. By "npm run readme".
import { mkdirSync, writeFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { expect, pair, say, test } from './fixtures';

const FOLDER = '../docs';
const LONG = { timeout: 60_000 };
const phone = { width: 390, height: 844 };

/** Small enough to be loaded with a page. */
async function keep(page: Page, name: string): Promise<void> {
  await page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.nodeValue?.includes('[[')) text.nodeValue = text.nodeValue.replace(/\s*\[\[.*?\]\]/gs, '');
      // What the scripted model says of its own before each tool.
      if (/^Calling \w+\.$/.test(text.nodeValue?.trim() ?? '')) text.nodeValue = '';
    }
  });
  const devtools = await page.context().newCDPSession(page);
  const clip = { x: 0, y: 0, ...(page.viewportSize() ?? phone), scale: 2 };
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 80, clip });
  const picture = Buffer.from(data, 'base64');
  expect(picture.length, name).toBeLessThan(120_000);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${name}.webp`, picture);
  await devtools.detach();
}

test('pictures', async ({ page, server }) => {
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: 'light' });
  await pair(page, server);
  await page.goto(`${server.url}/new`);
  await page.getByRole('radio', { name: 'Git URL' }).check({ force: true });
  await page.getByRole('textbox', { name: 'Address' }).fill(server.repository());
  await expect(page.getByText(/Reachable/)).toBeVisible();
  await page.getByRole('radio', { name: 'Reading and changing files in the workspace' }).check();
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByText('What should be done?')).toBeVisible(LONG);
  const why = [
    '**Cause.** `tide` divides by a rounded period. The principal lunar constituent has 12.42 hours:',
    '```rust',
    'let phase = f64::from(hour) / 12.42;',
    '```',
    'High water moves by eleven minutes a week; the tests hold it now.',
  ].join('\\n');
  await say(
    page,
    `High water drifts. Find out why and fix it. [[read: README.md]] [[read: src/lib.rs]] [[edit: src/lib.rs = let phase = f64::from(hour) / 12.4; => let phase = f64::from(hour) / 12.42;]] [[text: ${why}]]`,
  );
  await expect(page.getByText(/^Changed 1 file/)).toBeVisible(LONG);
  await say(page, 'Commit that and push it. [[bash: git commit -am "Use the lunar period" && git push origin HEAD]]');
  await expect(page.getByRole('button', { name: 'Allow once' })).toBeVisible(LONG);
  await keep(page, 'chat');
  await page.goto(`${server.url}/projects/tide-tables/changes`);
  await page.getByRole('button', { name: /^Modified: +lib\.rs/ }).click();
  await expect(page.getByText('12.42').first()).toBeVisible();
  await keep(page, 'changes');

  await page.goto(`${server.url}/new`);
  await page.getByRole('textbox', { name: 'Name' }).fill('harbor-web');
  await page
    .getByRole('textbox', { name: 'First message' })
    .fill('Redesign the checkout. [[question: Keep the old coupon field on mobile?]]');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByRole('form', { name: /coupon/ })).toBeVisible(LONG);
  await page.goto(server.url);
  await expect(page.getByText('Keep the old coupon field on mobile?')).toBeVisible();
  await keep(page, 'home');

  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${server.url}/projects/tide-tables`);
  await expect(page.getByRole('button', { name: 'Allow once' })).toBeVisible();
  await page.getByRole('button', { name: /^Modified: +lib\.rs/ }).click();
  await expect(page.getByText('12.42').last()).toBeVisible();
  await keep(page, 'desktop');
});
