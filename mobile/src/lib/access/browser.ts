import { ask, type Transport } from '../api';
import { RedeemPairingDocument } from '../api/generated';
import { WebTransport } from '../api/web';
import { IndexedDbDevice } from '../device/indexed-db';
import { putValue, value, type Device, type KeptAccount } from '../device/port';
import { codeOf } from '../device/pairing';
import type { Access, Account } from '.';

/** The server is the one that the page came from, and the token lies beside the cache. */
export class BrowserAccess implements Access {
  readonly problem = null;
  #token: string | null = null;
  #device: Device = new IndexedDbDevice();

  read(pasted: string) {
    const found = codeOf(pasted, location.origin);
    return 'problem' in found ? found : { key: found.code, exposedTo: null };
  }

  async account(): Promise<Account | null> {
    const kept = await value(this.#device, 'account');
    return kept ? this.#enter(kept) : null;
  }

  async pair(code: string, deviceName: string, leave: () => Promise<void>): Promise<Account> {
    const anonymous = new WebTransport(location.origin, () => null);
    const { redeemPairing } = await ask(anonymous, RedeemPairingDocument, { input: { code, deviceName } });
    await leave();
    this.#device = new IndexedDbDevice();
    const { id, name } = redeemPairing.device;
    const account = { token: redeemPairing.token, deviceId: id, deviceName: name };
    await this.#device.write([putValue('account', account)]);
    return this.#enter(account);
  }

  async forget(): Promise<void> {
    this.#token = null;
    this.#device = new IndexedDbDevice();
  }

  async device(): Promise<Device> {
    return this.#device;
  }

  transport(): Transport {
    const token = this.#token;
    return new WebTransport(location.origin, () => token);
  }

  #enter({ token, deviceId, deviceName }: KeptAccount): Account {
    this.#token = token;
    return { server: location.origin, deviceId, deviceName };
  }
}
