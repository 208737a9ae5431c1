// As an app of its own: what a browser asks for before it offers that, and a start without a network.
import { createEmpty, expect, pair, test } from './fixtures';

test('it can be installed', async ({ page, server, watch }) => {
  await pair(page, server);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const session = await page.context().newCDPSession(page);
  const { errors, data, url } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(url).toBe(`${server.url}/manifest.webmanifest`);
  const manifest = JSON.parse(data ?? '{}') as {
    name: string;
    start_url: string;
    display: string;
    icons: { src: string; sizes: string; purpose?: string }[];
  };
  expect(manifest).toMatchObject({ name: 'Portable Command Center', start_url: '/', display: 'standalone' });
  for (const { src, sizes } of manifest.icons) {
    const answer = await page.request.get(new URL(src, server.url).href);
    expect(answer.status(), `${src} ${sizes}`).toBe(200);
  }
  expect(manifest.icons.some(({ purpose }) => purpose?.includes('maskable'))).toBe(true);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // The browser of a test keeps nothing, and says so.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  expect(watch.complaints).toEqual([]);
});

test('it starts without a network, at any of its addresses', async ({ page, context, server, watch }) => {
  await pair(page, server);
  await createEmpty(page, server, 'Kept');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto(server.url);
  await expect(page.getByRole('link', { name: /^Kept/ })).toBeVisible();
  await context.setOffline(true);
  for (const address of ['/', '/projects/kept', '/settings', '/projects/kept/settings']) {
    await page.goto(`${server.url}${address}`);
    await expect(page.getByText('Kept').or(page.getByText('This device')).first()).toBeVisible();
    await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();
  }
  expect(watch.complaints).toEqual([]);
});
