// How fast it is, with the processor slowed down four times: printed, not judged. Run by "npm run figures".
import type { CDPSession, Page } from '@playwright/test';

import { createEmpty, expect, pair, say, test } from './fixtures';

const SLOWDOWN = 4;

async function slowed(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  return session;
}

/** Milliseconds from the beginning of the page until something is there. */
async function appears(page: Page, selector: string, go: () => Promise<unknown>): Promise<number> {
  await page.addInitScript((selector) => {
    const look = () => {
      if (document.querySelector(selector)) sessionStorage.setItem('appeared', String(performance.now()));
      else requestAnimationFrame(look);
    };
    sessionStorage.removeItem('appeared');
    look();
  }, selector);
  await go();
  await page.waitForFunction(() => sessionStorage.getItem('appeared') !== null);
  return Math.round(Number(await page.evaluate(() => sessionStorage.getItem('appeared'))));
}

test('figures', async ({ page, server, watch }) => {
  test.setTimeout(300_000);
  const session = await slowed(page);
  const say_ = (name: string, value: string) => console.log(`${name}: ${value}`);
  say_(
    'first load until it can be used',
    `${await appears(page, 'button[type=submit]', () => page.goto(server.pairingLink()))} ms`,
  );
  await pair(page, server);
  await createEmpty(page, server, 'Figures');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto(server.url);
  await expect(page.getByText('Figures').first()).toBeVisible();
  say_(
    'warm start until the projects are there',
    `${await appears(page, 'main a[href^="/projects/"]', () => page.reload())} ms`,
  );

  await page.goto(`${server.url}/projects/figures`);
  await say(page, '[[tokens 3000]] [[delay 10]] Write');
  await expect(page.getByRole('list', { name: 'Chat' }).getByText(/word50 /)).toBeVisible({ timeout: 60_000 });
  const before = await heap(session);
  const frames = await page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const gaps: number[] = [];
        let last = performance.now();
        const end = last + 20_000;
        const step = (now: number) => {
          gaps.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(step);
          else resolve(gaps);
        };
        requestAnimationFrame(step);
      }),
  );
  const sorted = frames.toSorted((a, b) => a - b);
  const words = await page.getByRole('list', { name: 'Chat' }).innerText();
  say_(
    'while 20 s stream',
    `${frames.length} frames, 99 % within ${Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)} ms, longest ${Math.round(sorted.at(-1) ?? 0)} ms, ${frames.filter((gap) => gap > 50).length} over 50 ms; ${words.split(/\s+/).length} words shown`,
  );
  say_('memory', `${before} MB before, ${await heap(session)} MB after`);
  expect(watch.complaints).toEqual([]);
});

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return Math.round(usedSize / 100_000) / 10;
}
