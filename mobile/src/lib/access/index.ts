import type { Transport } from '../api';
import type { Device } from '../device/port';
import { AppAccess } from './app';
import { BrowserAccess } from './browser';

/** Who this device is to which server. */
export interface Account {
  server: string;
  /** Which one it is, whatever its address. Who was paired with an earlier version of the app does not know. */
  installation: string | null;
  deviceId: string;
  deviceName: string;
}

/** What a pasted link leads to. */
export interface PairingTarget {
  /** What it is redeemed by. */
  key: string;
  /** The token would travel to this address for everybody on the way to read. */
  exposedTo: string | null;
}

/** A link that was redeemed: the server knows this device, and here everything is as it was. */
export interface Pairing {
  installation: string;
  /** Signs in. `leave` puts away what was here before, once the new account is sure. */
  enter(leave: () => Promise<void>): Promise<Account>;
  /** There is no use for it: the server forgets it again. */
  refuse(): Promise<void>;
}

/** How this device comes to its token, and who keeps what it has: the browser's storage, or the app's Rust side. */
export interface Access {
  /** Why it is forgotten when the program ends; nothing if it is kept. */
  readonly problem: string | null;
  read(pasted: string): PairingTarget | { problem: string };
  /** Who is signed in. */
  account(): Promise<Account | null>;
  pair(key: string, deviceName: string): Promise<Pairing>;
  /** Once everything kept on the device is removed. */
  forget(): Promise<void>;
  /** What is kept for the account that is signed in. `onanew`: it was damaged, and another one has taken its place. */
  device(onanew: () => void): Promise<Device>;
  /** Asks the server as the account that is signed in. */
  transport(): Transport;
}

/** Whether these screens are the app's and not a browser's. */
export const isApp = '__TAURI_INTERNALS__' in globalThis;

export const access: Access = isApp ? new AppAccess() : new BrowserAccess();
