import { defineConfig } from '@playwright/test';

// The app for desktops, on a screen of its own. "cargo xtask app-e2e" builds and names the programs. Playwright only runs
// the test: the web view of the system is driven, and no browser.
export default defineConfig({
  testDir: 'e2e-app',
  outputDir: 'pictures/failures',
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  forbidOnly: true,
});
