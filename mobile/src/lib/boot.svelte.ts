import { ask, type Device as PairedDevice } from './api';
import { RedeemPairingDocument } from './api/generated';
import { WebTransport } from './api/web';
import { App } from './app.svelte';
import { forgetAll, keep, openDevice, value, type Account, type Device } from './device/database';

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
      const account = await value(this.#device, 'account');
      if (account) await this.#start(account);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.isOpen = true;
  }

  /** Turns a code into access for this device. Whoever was signed in before is not any more. */
  async pair(code: string, deviceName: string): Promise<void> {
    if (!this.#device) throw new Error(this.failure ?? '');
    const transport = new WebTransport(location.origin, () => null);
    const { redeemPairing } = await ask(transport, RedeemPairingDocument, { input: { code, deviceName } });
    this.app?.stop();
    await forgetAll(this.#device);
    const account = accountOf(redeemPairing.device, redeemPairing.token);
    await keep(this.#device, 'account', account);
    await this.#start(account);
  }

  /** Removes everything that is kept here. */
  async signOut(): Promise<void> {
    const app = this.app;
    this.app = null;
    await app?.forget();
  }

  async #start(account: Account): Promise<void> {
    if (!this.#device) return;
    const app = new App(new WebTransport(location.origin, () => account.token), this.#device, account);
    await app.start();
    this.app = app;
  }
}

function accountOf(device: PairedDevice, token: string): Account {
  return { token, deviceId: device.id, deviceName: device.name };
}

export const boot = new Boot();
