import { ask, type Transport } from '../api';
import { RedeemPairingDocument, RevokeDeviceDocument } from '../api/generated';
import { WebTransport } from '../api/web';
import { IndexedDbDevice } from '../device/indexed-db';
import { putValue, value, type Device, type KeptAccount } from '../device/port';
import { codeOf } from '../device/pairing';
import { newId } from '../util/ids';
import type { Access, Account, Pairing } from '.';

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

  async pair(code: string, deviceName: string): Promise<Pairing> {
    const anonymous = new WebTransport(location.origin, () => null);
    const { redeemPairing } = await ask(anonymous, RedeemPairingDocument, { input: { code, deviceName } });
    const { token, device, installation } = redeemPairing;
    return {
      installation,
      enter: async (leave) => {
        await leave();
        // Nobody was signed in: nobody's.
        if (this.#token === null) await this.#device.clear();
        this.#device = new IndexedDbDevice();
        const account = { token, installation, deviceId: device.id, deviceName: device.name };
        await this.#device.write([putValue('account', account)]);
        return this.#enter(account);
      },
      refuse: async () => {
        const input = { id: device.id, clientMutationId: newId() };
        await ask(new WebTransport(location.origin, () => token), RevokeDeviceDocument, { input });
      },
    };
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

  #enter({ token, installation, deviceId, deviceName }: KeptAccount): Account {
    this.#token = token;
    return { server: location.origin, installation: installation ?? null, deviceId, deviceName };
  }
}
