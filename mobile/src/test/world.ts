import { openDB } from 'idb';
import { expect, onTestFinished, vi } from 'vitest';

import { FakeTransport } from '../lib/api/fake';
import { App } from '../lib/app.svelte';
import { IndexedDbDevice } from '../lib/device/indexed-db';
import type { Device } from '../lib/device/port';

const ACCOUNT = { server: 'http://localhost', installation: 'one', deviceId: 'device', deviceName: 'phone' };
let count = 0;

/** A device with a fake server. Opened again, it is the same device after its page has died. */
export class World {
  readonly transport = new FakeTransport();
  readonly name = `test-${(count += 1)}`;

  constructor(private readonly device: () => Promise<Device> = async () => new IndexedDbDevice(this.name)) {}

  /** As another device of the server, if this one was paired again. */
  async open(deviceId = ACCOUNT.deviceId): Promise<App> {
    const app = new App(this.transport, await this.device(), { ...ACCOUNT, deviceId });
    onTestFinished(() => app.stop());
    await app.start();
    return app;
  }

  /** What is on the device, whatever a page believes. */
  async kept<T>(store: string): Promise<T[]> {
    const database = await openDB(this.name);
    const all = (await database.getAll(store)) as T[];
    database.close();
    return all;
  }
}

export async function eventually(check: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(async () => check(), { timeout: 3_000, interval: 10 });
}

export { expect };
