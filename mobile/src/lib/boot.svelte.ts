import { access, type Account } from './access';
import { App } from './app.svelte';
import { forgetAll, openDevice, type Device } from './device/database';

/** Who this device is: signed in, or to be paired. What the screens need before anything else. */
class Boot {
  app: App | null = $state.raw(null);
  /** Storage does not work here. */
  failure: string | null = $state(null);
  isOpen = $state(false);
  #device: Device | null = null;

  async open(): Promise<void> {
    try {
      this.#device = await openDevice();
      const account = await access.account(this.#device);
      if (account) await this.#start(this.#device, account);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.isOpen = true;
  }

  /** Turns a pairing link's key into access for this device. Whoever was signed in before is not any more. */
  async pair(key: string, deviceName: string): Promise<void> {
    const device = this.#device;
    if (!device) throw new Error(this.failure ?? '');
    const account = await access.pair(device, key, deviceName, async () => {
      this.app?.stop();
      await forgetAll(device);
    });
    await this.#start(device, account);
  }

  /** Removes everything that is kept here. */
  async signOut(): Promise<void> {
    const app = this.app;
    this.app = null;
    await app?.forget();
    await access.forget();
  }

  async #start(device: Device, account: Account): Promise<void> {
    const app = new App(access.transport(), device, account);
    await app.start();
    this.app = app;
  }
}

export const boot = new Boot();
