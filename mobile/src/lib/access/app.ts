import { invoke } from '@tauri-apps/api/core';

import type { Transport } from '../api';
import { asError, TauriTransport } from '../api/tauri';
import { linkOf } from '../device/pairing';
import type { Device } from '../device/port';
import { dropOld, takeOver } from '../device/take-over';
import { TauriDevice } from '../device/tauri';
import type { Access, Account, Pairing } from '.';

/** What the Rust side tells of it: src-tauri/src/commands/account.rs. */
interface Shown {
  account: Account | null;
  keychainProblem: string | null;
}

/** The link names the server, and the token goes from there to the system's keychain without coming by here. */
export class AppAccess implements Access {
  problem: string | null = null;

  read(pasted: string) {
    return linkOf(pasted);
  }

  async account(): Promise<Account | null> {
    return this.#take(await call<Shown>('account'));
  }

  async pair(link: string, deviceName: string): Promise<Pairing> {
    const installation = await call<string>('pair', { link, deviceName });
    return {
      installation,
      enter: async (leave) => {
        const shown = await call<Shown & { account: Account }>('enter');
        this.#take(shown);
        await leave();
        await dropOld();
        return shown.account;
      },
      refuse: () => call('refuse'),
    };
  }

  async forget(): Promise<void> {
    await call('forget');
  }

  async device(onanew: () => void): Promise<Device> {
    const device = await TauriDevice.open(onanew);
    await takeOver(device);
    return device;
  }

  transport(): Transport {
    return new TauriTransport();
  }

  #take({ account, keychainProblem }: Shown): Account | null {
    this.problem = keychainProblem;
    return account;
  }
}

async function call<T>(command: string, input?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, input);
  } catch (error) {
    throw asError(error);
  }
}
