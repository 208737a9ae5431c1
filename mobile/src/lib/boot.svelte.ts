import { access, type Account } from './access';
import { App } from './app.svelte';

/** Who this device is: signed in, or to be paired. What the screens need before anything else. */
class Boot {
  app: App | null = $state.raw(null);
  /** Storage does not work here. */
  failure: string | null = $state(null);
  isOpen = $state(false);

  async open(): Promise<void> {
    try {
      const account = await access.account();
      if (account) await this.#start(account);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.isOpen = true;
  }

  /** Turns a pairing link's key into access for this device. Whoever was signed in before is not any more. */
  async pair(key: string, deviceName: string): Promise<void> {
    const account = await access.pair(key, deviceName, async () => {
      if (this.app) await this.app.forget();
      else await (await access.device()).clear();
    });
    await this.#start(account);
  }

  /** Removes everything that is kept here. */
  async signOut(): Promise<void> {
    const app = this.app;
    this.app = null;
    try {
      await app?.forget();
    } finally {
      await access.forget();
    }
  }

  async #start(account: Account): Promise<void> {
    const app = new App(access.transport(), await access.device(), account);
    await app.start();
    this.app = app;
  }
}

export const boot = new Boot();
