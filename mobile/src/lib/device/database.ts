import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

import type { Decision, Message, Project, Server, Session, Viewer } from '../api';
import type { KeptDraft } from '../stores/draft.svelte';
import type { OutboxEntry } from '../stores/outbox.svelte';

/** What this device keeps. It is a copy of what the server has, but for `account`, `outbox`, `drafts` and `files`. */
interface Schema extends DBSchema {
  values: { key: string; value: unknown };
  projects: { key: string; value: Project };
  sessions: { key: string; value: Session };
  decisions: { key: string; value: Decision };
  servers: { key: string; value: Server };
  messages: { key: string; value: Message; indexes: { age: [session: string, createdAt: string, id: string] } };
  outbox: { key: string; value: OutboxEntry };
  /** Text alone is how earlier versions kept them. */
  drafts: { key: string; value: KeptDraft | string };
  /** What is attached to a draft or to an order, until the server has it. */
  files: { key: string; value: ArrayBuffer };
}

export type Device = IDBPDatabase<Schema>;

/** What the event log keeps right, and what its cursor stands beside. */
export const CACHED = ['projects', 'sessions', 'decisions', 'servers'] as const;
export type Cached = (typeof CACHED)[number];

/** Of a browser: in the app, the token is in the system's keychain. */
export interface KeptAccount {
  token: string;
  deviceId: string;
  deviceName: string;
}

export interface Values {
  account: KeptAccount;
  cursor: { cursor: string; at: number };
  viewer: Viewer;
  seen: Record<string, string>;
  wrap: boolean;
  viewed: Record<string, string>;
}

const VERSION = 3;

export function openDevice(name = 'pcc'): Promise<Device> {
  return openDB<Schema>(name, VERSION, {
    upgrade(db, before, _after, transaction) {
      if (before < 1) {
        db.createObjectStore('values');
        for (const store of CACHED) db.createObjectStore(store, { keyPath: 'id' });
        db.createObjectStore('messages', { keyPath: 'id' });
        db.createObjectStore('outbox', { keyPath: 'id' });
        db.createObjectStore('drafts');
      }
      if (before < 3) db.createObjectStore('files');
      const messages = transaction.objectStore('messages');
      for (const name of messages.indexNames) messages.deleteIndex(name);
      messages.createIndex('age', ['session.id', 'createdAt', 'id']);
    },
    // Another tab has a newer app: it goes first, and this one opens again when it is asked for the next time.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

export async function value<K extends keyof Values>(device: Device, key: K): Promise<Values[K] | undefined> {
  return (await device.get('values', key)) as Values[K] | undefined;
}

export async function keep<K extends keyof Values>(device: Device, key: K, kept: Values[K]): Promise<void> {
  await device.put('values', kept, key);
}

/** Signing out leaves nothing behind: outbox and drafts belong to the account too. */
export async function forgetAll(device: Device): Promise<void> {
  const stores = [...device.objectStoreNames];
  const transaction = device.transaction(stores, 'readwrite');
  await Promise.all([...stores.map((store) => transaction.objectStore(store).clear()), transaction.done]);
}

/** All keys of the `age` index that belong to one session: an array sorts behind every string. */
const ofSession = (session: string) => IDBKeyRange.bound([session], [session, []]);

/** The newest messages of a session, oldest first, without reading the others. */
export async function newestMessages(device: Device, session: string, count: number): Promise<Message[]> {
  const index = device.transaction('messages').store.index('age');
  const newest = await index.openKeyCursor(ofSession(session), 'prev');
  if (!newest) return [];
  const oldest = count > 1 ? await newest.advance(count - 1) : newest;
  return index.getAll(oldest ? IDBKeyRange.bound(oldest.key, [session, []]) : ofSession(session));
}

/** Removes what is older than this message in its session. */
export async function dropOlder(device: Device, { session, createdAt, id }: Message): Promise<void> {
  const transaction = device.transaction('messages', 'readwrite');
  const older = IDBKeyRange.bound([session.id], [session.id, createdAt, id], false, true);
  for (const key of await transaction.store.index('age').getAllKeys(older)) void transaction.store.delete(key);
  await transaction.done;
}
