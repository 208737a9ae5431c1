// Pairing a device that is paired: with the same server what is kept stays, with another one it is asked about first.
import { createEmpty, expect, keptDrafts, look, pair, test } from './fixtures';

test('what was not sent stays with its server, and is not lost unasked', async ({ page, server }) => {
  await pair(page, server);
  await createEmpty(page, server, 'Again');
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill('Half a thought');
  await expect.poll(() => keptDrafts(page)).toContain('Half a thought');
  const address = page.url();
  await pair(page, server);
  await page.goto(address);
  await expect(field).toHaveValue('Half a thought');

  // Another server at the same address.
  await server.kill();
  server.forget();
  await server.run();
  await page.goto(server.pairingLink());
  await page.getByRole('button', { name: 'Pair' }).click();
  const question = page.getByRole('dialog', { name: 'Leave the other server?' });
  await expect(question).toContainText('1 message that is being written will be lost');
  await look(page, 'pair-other');
  await question.getByRole('button', { name: 'Stay' }).click();
  await expect(page.getByText(/already paired/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Pair' })).toBeEnabled();

  await page.goto(server.pairingLink());
  await page.getByRole('button', { name: 'Pair' }).click();
  await question.getByRole('button', { name: 'Leave and pair' }).click();
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  await expect(page.getByText('No project yet.')).toBeVisible();
});
