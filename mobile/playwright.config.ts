import { defineConfig } from '@playwright/test';

import { chromium } from './e2e/programs';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1280, height: 800 } };

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
    { name: 'phone-light', testIgnore: 'figures.spec.ts', use: { ...phone, colorScheme: 'light' } },
    { name: 'figures', testMatch: 'figures.spec.ts', use: phone },
    {
      name: 'phone-dark',
      testMatch: ['screens.spec.ts', 'rest.spec.ts', 'session.spec.ts', 'turn.spec.ts', 'usage.spec.ts'],
      use: { ...phone, colorScheme: 'dark' },
    },
    {
      name: 'desktop-light',
      testMatch: ['screens.spec.ts', 'rest.spec.ts', 'session.spec.ts', 'turn.spec.ts', 'usage.spec.ts'],
      use: { ...desktop, colorScheme: 'light' },
    },
    {
      name: 'desktop-dark',
      testMatch: [
        'walk.spec.ts',
        'screens.spec.ts',
        'steer.spec.ts',
        'compose.spec.ts',
        'rest.spec.ts',
        'session.spec.ts',
        'turn.spec.ts',
        'usage.spec.ts',
      ],
      use: { ...desktop, colorScheme: 'dark' },
    },
  ],
});
