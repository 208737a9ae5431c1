// Drives GraphiQL in Chromium as a person would: pairs, runs a query, a mutation and a subscription, reloads. Prints what it saw as JSON.
//
// PCC_URL            the server, http://host:port
// PCC_PAIRING_CODE   opened as /graphiql#code; or PCC_TOKEN, pasted into the page
// PCC_OPERATIONS     JSON: [[document, text the answer must show], …]
// PCC_CHROMIUM       the browser
// PCC_SCREENSHOT     where to put a picture at the end (optional)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { PCC_URL: url, PCC_PAIRING_CODE: code, PCC_TOKEN: token, PCC_CHROMIUM: executablePath } = process.env;
const operations = JSON.parse(process.env.PCC_OPERATIONS);
const patience = { timeout: 60_000 };

const profile = await mkdtemp(join(tmpdir(), 'pcc-graphiql-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  viewport: { width: 1280, height: 800 },
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

const report = { requests: [], sockets: [], complaints: [], answers: [] };
browser.on('request', (request) => report.requests.push(request.url()));
browser.on('weberror', (error) => report.complaints.push(String(error.error())));
const page = browser.pages()[0] ?? (await browser.newPage());
page.on('websocket', (socket) => report.sockets.push(socket.url()));
page.on('console', (message) => {
  if (message.type() === 'error' || /content security policy/i.test(message.text())) {
    report.complaints.push(message.text());
  }
});

/** What the answer pane shows; the editor writes blanks as no-break spaces. */
function answer() {
  return page.locator('.graphiql-response .view-lines').innerText(patience).then((text) => text.replaceAll('\u00a0', ' '));
}

async function run(document, expected) {
  await page.locator('.graphiql-query-editor .view-lines').click(patience);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(document);
  await page.locator('.graphiql-execute-button').click(patience);
  await page.waitForFunction(
    (text) => document.querySelector('.graphiql-response .view-lines')?.innerText.replaceAll('\u00a0', ' ').includes(text),
    expected,
    patience,
  );
  return answer();
}

try {
  // Without a token the page says how to get one.
  await page.goto(`${url}/graphiql`, patience);
  report.signIn = await page.locator('form.sign-in').innerText(patience);
  if (code) {
    await page.goto(`${url}/graphiql#${code}`, patience);
  } else {
    await page.locator('#token').fill(token, patience);
    await page.locator('form.sign-in button').click(patience);
  }
  await page.locator('.graphiql-query-editor .view-lines').waitFor(patience);
  report.address = page.url();
  for (const [document, expected] of operations) {
    report.answers.push(await run(document, expected));
  }
  // The schema has arrived: the documentation shows its root.
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click(patience);
  await page.getByText('Root Types').first().waitFor(patience);
  if (process.env.PCC_SCREENSHOT) {
    await page.screenshot({ path: process.env.PCC_SCREENSHOT });
  }
  // The token stays for the next visit.
  await page.reload(patience);
  await page.locator('.graphiql-query-editor .view-lines').waitFor(patience);
  report.tokenKept = true;
} catch (error) {
  const shown = await page.locator('body').innerText();
  throw new Error(`${error.message}\nThe page shows: ${shown}\nSo far: ${JSON.stringify(report)}`);
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(report));
