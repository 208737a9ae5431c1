// Every screen as a picture and under axe-core, with things on it; on the phone also at 200 % text and from right to left.
import type { Page } from '@playwright/test';

import { createEmpty, expect, expectToFit, look, pair, picture, say, test, violations } from './fixtures';

const CODE = [
  '**Cause.** `tide` takes the hour as it is. I pass the phase in:',
  '```rust',
  'pub fn tide(hour: u32, phase: f64) -> f64 {',
  '    // Twice a day',
  '    (f64::from(hour) / 12.4 + phase).sin()',
  '}',
  '```',
  '- The **signature** changes, the table does not.',
  '- [Tables](https://example.org/tides) stay as they are.',
].join('\\n');

async function allow(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Allow once' });
  await expect(button).toBeEnabled({ timeout: 60_000 });
  await page.waitForTimeout(450);
  await button.click();
}

test('every screen', async ({ page, context, server, watch, isMobile }) => {
  await pair(page, server);
  const url = server.url;
  await createEmpty(page, server, 'atlas-api');
  await say(
    page,
    'Update the dependencies [[bash: cargo update && cargo test --workspace --no-fail-fast && git push origin HEAD:refs/heads/update-dependencies]]',
  );
  await expect(page.getByRole('button', { name: 'Allow once' })).toBeVisible({ timeout: 60_000 });

  await page.goto(`${url}/new`);
  await page.getByRole('radio', { name: 'Git URL' }).check({ force: true });
  await page.getByRole('textbox', { name: 'Address' }).fill(server.repository());
  await expect(page.getByText(/Reachable/)).toBeVisible();
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByText('What should be done?')).toBeVisible({ timeout: 60_000 });
  await say(
    page,
    'Look around and fix it [[read: README.md]] [[read: src/lib.rs]] [[edit: src/lib.rs = let phase = f64::from(hour) / 12.4; => let phase = f64::from(hour) / 12.42;]]',
  );
  await expect(page.getByRole('region', { name: 'Change this file?' })).toBeVisible({ timeout: 60_000 });
  await look(page, 'chat-permission-diff');
  await page.getByRole('button', { name: /^Always allow/ }).click();
  await look(page, 'always');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await allow(page);
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible({ timeout: 60_000 });
  await say(
    page,
    `And why? [[bash: for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo test tide_$i ok; done; exit 101]] [[text: ${CODE}]]`,
  );
  await allow(page);
  await expect(page.getByRole('list', { name: 'Chat' }).getByText('The signature changes')).toBeVisible({
    timeout: 60_000,
  });
  await page
    .getByRole('button', { name: /for i in 1 2 3/ })
    .first()
    .click();
  await look(page, 'chat');

  await page.goto(`${url}/`);
  await expect(page.getByText('Run this command?', { exact: true })).toBeVisible();
  await expectToFit(page, 'home');
  await look(page, 'home');
  await page.getByRole('button', { name: 'Search projects' }).click();
  await page.getByRole('searchbox').fill('nothing like it');
  await look(page, 'home-search');

  const project = `${url}/projects/tide-tables`;
  await page.goto(`${project}/changes`);
  await page.getByRole('button', { name: /^Modified: +lib\.rs/ }).click();
  await expect(page.getByText('12.42').first()).toBeVisible();
  await page.getByRole('button', { name: 'Comment on line 3' }).last().click();
  await page.getByRole('textbox', { name: 'Comment on line 3' }).fill('Where does this come from?');
  await look(page, 'changes');
  await page.getByRole('button', { name: 'Add to prompt' }).click();
  await page.goto(`${project}/files`);
  await expect(page.getByRole('link', { name: /README\.md/ })).toBeVisible();
  await look(page, 'files');
  await page.getByRole('searchbox').fill('tide');
  await expect(page.getByText('In files')).toBeVisible();
  await look(page, 'files-search');
  await page.goto(`${project}/files/view?path=src%2Flib.rs`);
  await page.getByRole('button', { name: 'Find in this file' }).click();
  await page.getByRole('searchbox').fill('phase');
  await expect(page.getByText('1 of 2', { exact: true })).toBeVisible();
  await look(page, 'file');
  await page.goto(`${project}/settings`);
  await look(page, 'project');
  await page.goto(`${url}/settings`);
  await expect(page.getByText('Devices with access')).toBeVisible();
  await look(page, 'settings');
  await page.goto(`${url}/settings/log`);
  await look(page, 'log');
  await page.goto(`${url}/servers`);
  await expect(page.getByRole('img', { name: /^CPU over the last/ })).toBeVisible();
  await expect(page.locator('canvas')).toHaveCount(3);
  await look(page, 'servers');

  await page.goto(project);
  await expect(page.getByRole('list', { name: 'Chat' }).getByText('The signature changes')).toBeVisible();
  await page.getByRole('button', { name: /^Sessions/ }).click();
  await look(page, 'sessions');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Session actions' }).click();
  await look(page, 'session-menu');
  await page.keyboard.press('Escape');

  if (isMobile) await inOtherShapes(page, url);
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true })).toBeVisible();
  await page.getByRole('textbox', { name: 'Message' }).fill('Then bump the patch version');
  await page.getByRole('button', { name: /^Keep, and send/ }).click();
  await expect(page.getByRole('region', { name: 'Waiting on this device' })).toBeVisible();
  await look(page, 'offline');
  await context.setOffline(false);
  expect(watch.complaints).toEqual([]);
});

async function inOtherShapes(page: Page, url: string): Promise<void> {
  for (const [name, change] of [
    ['large', () => (document.documentElement.style.fontSize = '200%')],
    ['rtl', () => (document.documentElement.dir = 'rtl')],
  ] as const) {
    await page.evaluate(change);
    await expectToFit(page, `chat-${name}`);
    await picture(page, `chat-${name}`);
    expect(await violations(page), name).toEqual([]);
    await page.goto(`${url}/`);
    await expect(page.getByText('Run this command?', { exact: true })).toBeVisible();
    await page.evaluate(change);
    await expectToFit(page, `home-${name}`);
    await picture(page, `home-${name}`);
    expect(await violations(page), name).toEqual([]);
    await page.goto(`${url}/projects/tide-tables`);
    await expect(page.getByRole('list', { name: 'Chat' }).getByText('The signature changes')).toBeVisible();
  }
}
