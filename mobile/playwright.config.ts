import { defineConfig } from '@playwright/test';

import { chromium } from './e2e/programs';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1280, height: 800 } };

/** In every shape. */
const PICTURES = ['screens.spec.ts', 'rest.spec.ts', 'session.spec.ts', 'github.spec.ts'];
/** On a phone and on a desktop. */
const WIDE = ['walk.spec.ts', 'steer.spec.ts', 'compose.spec.ts', 'new.spec.ts', 'turn.spec.ts', 'usage.spec.ts'];
/** By commands of their own. */
const APART = ['figures.spec.ts', 'long-sleep.spec.ts', 'readme.spec.ts'];

// The real server, the real OpenCode, a scripted model. "cargo xtask test" builds and names the programs.
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'pictures/failures',
  // Each test has a server and its agents.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  forbidOnly: true,
  use: {
    locale: 'en',
    launchOptions: { executablePath: chromium(), args: ['--no-sandbox'] },
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'phone-light', testIgnore: APART, use: { ...phone, colorScheme: 'light' } },
    { name: 'phone-dark', testMatch: PICTURES, use: { ...phone, colorScheme: 'dark' } },
    { name: 'desktop-light', testMatch: PICTURES, use: { ...desktop, colorScheme: 'light' } },
    { name: 'desktop-dark', testMatch: [...PICTURES, ...WIDE], use: { ...desktop, colorScheme: 'dark' } },
    // Five minutes in which hardly anything happens: beside the others, by "npm run e2e".
    { name: 'long', testMatch: 'long-sleep.spec.ts', outputDir: 'pictures/failures-long', use: phone },
    { name: 'figures', testMatch: 'figures.spec.ts', use: phone },
    { name: 'readme', testMatch: 'readme.spec.ts' },
  ],
});
