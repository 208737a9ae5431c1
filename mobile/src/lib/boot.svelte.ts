import { access, type Access, type Account } from './access';
import { App, type Unsent } from './app.svelte';

/** Who this device is: signed in, or to be paired. What the screens need before anything else. */
export class Boot {
  app: App | null = $state.raw(null);
  /** Storage does not work here. */
  failure: string | null = $state(null);
  isOpen = $state(false);

  constructor(private readonly access: Access) {}

  async open(): Promise<void> {
    try {
      const account = await this.access.account();
      if (account) await this.#start(account);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.isOpen = true;
  }

  /**
   * Turns a pairing link's key into access for this device. Whoever was signed in before is not any more. What is kept here
   * stays for the same server, and goes with another one: with what was not sent only if `mayDrop` says so.
   */
  async pair(key: string, deviceName: string, mayDrop: (unsent: Unsent) => Promise<boolean>): Promise<boolean> {
    const pairing = await this.access.pair(key, deviceName);
    const before = this.app;
    const isSame = before !== null && before.account.installation === pairing.installation;
    const unsent = before && !isSame ? await before.unsent() : null;
    if (unsent && unsent.orders + unsent.drafts > 0 && !(await mayDrop(unsent))) {
      await pairing.refuse();
      return false;
    }
    if (isSame) await before.leave();
    await this.#start(await pairing.enter(async () => (isSame ? undefined : before?.forget())));
    return true;
  }

  /** Removes everything that is kept here. */
  async signOut(): Promise<void> {
    const app = this.app;
    this.app = null;
    try {
      await app?.forget();
    } finally {
      await this.access.forget();
    }
  }

  async #start(account: Account): Promise<void> {
    let begun = () => {};
    const anew = new Promise<void>((resolve) => (begun = resolve));
    const app = new App(this.access.transport(), await this.access.device(begun), account);
    await app.start();
    this.app = app;
    void anew.then(() => this.#startAgain(app));
  }

  /** From what could be saved, and then from the server. */
  async #startAgain(app: App): Promise<void> {
    if (this.app !== app) return;
    try {
      await app.leave();
      await this.#start(app.account);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }
}

export const boot = new Boot(access);
