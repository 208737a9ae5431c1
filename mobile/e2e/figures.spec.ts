// How fast it is, with the processor slowed down four times: printed, not judged. Run by "npm run figures".
import type { CDPSession, Page, Request } from '@playwright/test';

import { createEmpty, expect, pair, test } from './fixtures';
import { Many, messageId } from './many';

const SLOWDOWN = 4;

const tell = (goal: string, value: string) => console.log(`${goal}: ${value}`);
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const range = (values: number[]) =>
  `${Math.round(median(values))} ms (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))}, n = ${values.length})`;

async function slowed(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  return session;
}

/** Milliseconds from the beginning of the page until something is there and its frame is drawn. */
async function appears(page: Page, selector: string, go: () => Promise<unknown>): Promise<number> {
  await page.addInitScript((selector) => {
    const look = () => {
      if (!document.querySelector(selector)) requestAnimationFrame(look);
      else requestAnimationFrame(() => sessionStorage.setItem('appeared', String(performance.now())));
    };
    sessionStorage.removeItem('appeared');
    look();
  }, selector);
  await go();
  await page.waitForFunction(() => sessionStorage.getItem('appeared') !== null);
  return Number(await page.evaluate(() => sessionStorage.getItem('appeared')));
}

/** Milliseconds from a click until a text is on the screen, in the page's own time. */
function clicked(page: Page, selector: string, text: string): Promise<number> {
  return page.evaluate(
    ([selector, text]) =>
      new Promise<number>((resolve, reject) => {
        const link = document.querySelector<HTMLElement>(selector);
        if (!link) return reject(new Error(`no ${selector}`));
        const begun = performance.now();
        const isShown = () =>
          [...document.querySelectorAll<HTMLElement>('[role=listitem]')].some((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return bottom > 0 && top < innerHeight && row.textContent.includes(text) && row.checkVisibility();
          });
        const look = () => {
          if (isShown()) resolve(performance.now() - begun);
          else if (performance.now() - begun > 20_000) reject(new Error(`never: ${text}`));
          else requestAnimationFrame(look);
        };
        link.click();
        requestAnimationFrame(look);
      }),
    [selector, text] as const,
  );
}

interface Frames {
  gaps: number[];
}

/** The time between frames, while something happens or for as long as it is told. */
async function frames(page: Page, milliseconds: number): Promise<Frames> {
  const gaps = await page.evaluate(
    (milliseconds) =>
      new Promise<number[]>((resolve) => {
        const gaps: number[] = [];
        let last = performance.now();
        const end = last + milliseconds;
        const step = (now: number) => {
          gaps.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(step);
          else resolve(gaps);
        };
        requestAnimationFrame(step);
      }),
    milliseconds,
  );
  return { gaps };
}

function spoken({ gaps }: Frames): string {
  const sorted = gaps.toSorted((a, b) => a - b);
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  return `${Math.round(gaps.length / seconds)} frames/s, 99 % within ${Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0)} ms, longest ${Math.round(sorted.at(-1) ?? 0)} ms, ${gaps.filter((gap) => gap > 50).length} of ${gaps.length} over 50 ms`;
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return Math.round(usedSize / 100_000) / 10;
}

test('the first start, and a warm one', async ({ page, server, watch }) => {
  test.setTimeout(300_000);
  const loaded: Request[] = [];
  page.on('requestfinished', (request) => request.serviceWorker() || loaded.push(request));
  await slowed(page);
  const usable = await appears(page, 'button[type=submit]', () => page.goto(server.pairingLink()));
  await pair(page, server);
  const sizes = await Promise.all(loaded.map(async (request) => (await request.sizes()).responseBodySize));
  tell('first load (goal 250 kB)', `${Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1000)} kB`);
  tell('first load until it can be used (goal 1500 ms)', `${Math.round(usable)} ms`);
  await createEmpty(page, server, 'Figures');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto(server.url);
  await expect(page.getByText('Figures').first()).toBeVisible();
  const warm: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    warm.push(await appears(page, 'main a[href^="/projects/"]', () => page.reload()));
    await expect(page.getByText('Reconnecting')).toBeHidden();
  }
  tell('warm start until the projects are drawn (goal 300 ms)', range(warm));
  expect(watch.complaints).toEqual([]);
});

test.describe('with much', () => {
  // The files come from the server itself here.
  test.use({ serviceWorkers: 'block' });
  let many: Many;

  test.beforeEach(async ({ page }) => {
    many = await Many.start({ projects: 500, sessions: 51, messages: 10_000, otherMessages: 40 });
    await page.goto(many.pairingLink());
    await page.getByRole('button', { name: 'Pair' }).click();
    await expect(page.getByText('project-0').first()).toBeVisible({ timeout: 60_000 });
  });

  test.afterEach(() => many.stop());

  test('home scrolls', async ({ page }) => {
    const session = await slowed(page);
    tell('a page where nothing happens, to compare', spoken(await frames(page, 3_000)));
    const moving = session.send('Input.synthesizeScrollGesture', {
      x: 195,
      y: 400,
      yDistance: -6_000,
      speed: 1_200,
      preventFling: true,
    });
    tell('home with 500 projects scrolls (goal 60 frames/s)', spoken(await frames(page, 4_500)));
    await moving;
    const mounted = await page.locator('main [role=listitem]').count();
    tell('rows mounted of 500', String(mounted));
  });

  test('sessions open', async ({ page }) => {
    await page.goto(`${many.url}/projects/project-0/sessions/p0-s1`);
    const drawer = page.getByRole('button', { name: 'Sessions: 51' });
    await expect(drawer).toBeVisible({ timeout: 30_000 });
    await slowed(page);
    const row = (number: number) => `dialog a[href$="p0-s${number}"]`;
    const open = async (number: number) => {
      await drawer.click();
      await expect(page.locator(row(number))).toBeVisible();
      return clicked(page, row(number), `End of ${messageId(`p0-s${number}`, number === 0 ? 9_999 : 39)}.`);
    };
    tell('opening 10,000 messages for the first time, from the server', range([await open(0)]));
    const visits: number[] = [];
    for (const number of Array.from({ length: 50 }, (_, index) => index + 1)) {
      const time = await open(number);
      if (number > 1) visits.push(time);
    }
    tell('opening 49 sessions for the first time', range(visits));
    const again: number[] = [];
    for (const number of Array.from({ length: 49 }, (_, index) => index + 1)) again.push(await open(number));
    tell('switching between 50 sessions (goal 50 ms)', range(again));

    const cold: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await page.goto(`${many.url}/projects/project-0/sessions/p0-s1`);
      await expect(drawer).toBeVisible();
      cold.push(await open(0));
    }
    tell('opening 10,000 messages (goal 150 ms)', range(cold));
    tell('rows mounted', String(await page.getByRole('list', { name: 'Chat' }).getByRole('listitem').count()));
    const scroller = page.locator('main');
    let most = 0;
    for (let round = 0; round < 30; round += 1) {
      await scroller.evaluate((element) => (element.scrollTop = Math.max(0, element.scrollTop - 4_000)));
      await page.waitForTimeout(50);
      most = Math.max(most, await page.getByRole('list', { name: 'Chat' }).getByRole('listitem').count());
    }
    tell('rows mounted at most while going back (goal 400)', String(most));
  });

  test('an answer streams', async ({ page }) => {
    test.setTimeout(180_000);
    const SECONDS = 60;
    await page.goto(`${many.url}/projects/project-0/sessions/p0-s2`);
    await expect(page.getByRole('list', { name: 'Chat' }).getByRole('listitem').last()).toBeVisible();
    const session = await slowed(page);
    await page.waitForTimeout(2_000);
    const before = await heap(session);
    const streaming = many.stream('p0-s2', 100, SECONDS);
    const half = await frames(page, (SECONDS * 1000) / 2);
    const middle = await heap(session);
    const rest = await frames(page, (SECONDS * 1000) / 2);
    await streaming;
    tell(
      `100 tokens/s for ${SECONDS} s (goal: none over 50 ms)`,
      spoken({ gaps: [...half.gaps, ...rest.gaps.slice(1)] }),
    );
    tell('memory (goal: flat)', `${before} MB before, ${middle} MB in the middle, ${await heap(session)} MB after`);
    const words = await page.locator('.answer').last().innerText();
    tell('words shown of 6,000 tokens', String(words.split(/\s+/).length));
  });
});
