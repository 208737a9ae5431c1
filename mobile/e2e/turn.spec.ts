// What a turn changed: said at its end, seen with its diffs, taken back.
import { createEmpty, expect, expectToFit, look, pair, say, test } from './fixtures';

test('what a turn changed stands at its end and can be taken back', async ({
  page,
  context,
  server,
  watch,
  isMobile,
}) => {
  await pair(page, server);
  await createEmpty(page, server, 'tides');
  await page.goto(`${server.url}/projects/tides/settings`);
  await page.getByRole('radio', { name: 'Everything' }).check();
  await page.goto(`${server.url}/projects/tides`);
  const chat = page.getByRole('list', { name: 'Chat' });
  const long = { timeout: 60_000 };
  await say(page, 'One [[bash: printf "one\\ntwo\\n" > note.txt]] [[text: Noted.]]');
  const one = chat.getByRole('button', { name: /^Changed 1 file/ });
  await expect(one).toHaveCount(1, long);
  await expect(one).toContainText('+2 −0');
  await say(page, 'Nothing [[text: Nothing to do.]]');
  await expect(chat.getByText('Nothing to do.', { exact: true })).toBeVisible(long);
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible(long);
  await say(
    page,
    'Two [[bash: mkdir -p src && printf "one\\n2\\n" > note.txt && printf "pub fn tide() -> f64 {\\n    12.42\\n}\\n" > src/lib.rs && seq 40 > src/numbers.txt]] [[text: There are tides.]]',
  );
  const two = chat.getByRole('button', { name: /^Changed 3 files/ });
  await expect(two).toHaveCount(1, long);
  await expect(two).toContainText('+44 −1');
  // It stands behind the last answer.
  const last = chat.getByRole('listitem').last();
  await expect(last.getByText('There are tides.', { exact: true })).toBeVisible();
  await expect(last.getByRole('button', { name: /^Changed 3 files/ })).toBeVisible();
  await expect(one).toHaveCount(1);
  await look(page, 'turn');

  await two.click();
  const sheet = page.getByRole('dialog', { name: 'What this turn changed' });
  await expect(sheet.getByRole('listitem')).toHaveCount(3);
  await look(page, 'turn-files');
  await sheet.getByRole('button', { name: /lib\.rs/ }).click();
  await expect(sheet.getByText('12.42')).toBeVisible();
  await look(page, 'turn-diff');
  if (isMobile) {
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    await expectToFit(page, 'turn-large');
    await look(page, 'turn-large');
    await page.evaluate(() => (document.documentElement.style.fontSize = ''));
  }
  await page.keyboard.press('Escape');

  // What is kept says so without a network; the diffs are not kept.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.reload();
  await one.click();
  await expect(sheet.getByText('Changes are read when the server is reachable.')).toBeVisible();
  await expect(sheet.getByRole('button', { name: 'Take back from here, files too' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await context.setOffline(false);
  await expect(page.getByText('Offline', { exact: true })).toBeHidden();

  await two.click();
  await sheet.getByRole('button', { name: 'Take back from here, files too' }).click();
  await expect(page.getByText('Taken back, files too.')).toBeVisible(long);
  await expect(two).toHaveCount(0);
  await expect(one).toHaveCount(1);
  await page.goto(`${server.url}/projects/tides/changes`);
  await expect(page.getByRole('button', { name: /^New: note\.txt/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^New: lib\.rs/ })).toHaveCount(0);
  expect(watch.complaints).toEqual([]);
});
