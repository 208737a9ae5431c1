import { test as base } from '@playwright/test';

import { TestServer } from '../e2e/server';
import { button, field, words, type Driver } from './driver';

export const test = base.extend<{ server: TestServer }>({
  server: [
    async ({}, use) => {
      const server = await TestServer.start();
      await use(server);
      await server.stop();
    },
    { timeout: 120_000 },
  ],
});

export { expect } from '@playwright/test';

export async function pair(app: Driver, server: TestServer): Promise<void> {
  await app.type(field('Pairing link'), server.pairingLink());
  await app.click(button('Pair'));
  await app.see(words('No project yet.'));
}

export async function say(app: Driver, text: string): Promise<void> {
  await app.type(field('Message'), text);
  await app.click(button('Send'));
}

/** What the conversation says to who sees it: what a screen reader is told besides is not counted. */
export async function conversation(app: Driver): Promise<string> {
  return app.execute<string>(`return document.querySelector('[aria-label="Chat"]').innerText`);
}
