import { deleteDB, openDB } from 'idb';

import { NAME } from './indexed-db';
import { putDraft, put, putValue, remove, value, type Device, type Rows, type Values, type Write } from './port';

/**
 * Earlier versions of the app kept everything in the web view's IndexedDB. What nobody else has is taken from there once,
 * and then all of it removed; the cache comes from the server.
 */
export async function takeOver(device: Device): Promise<void> {
  if (!(await isThere())) return;
  // It may have been killed before the old one was removed, and have sent things since.
  if (!(await value(device, 'isTakenOver'))) await copy(device);
  await deleteDB(NAME);
  await device.write([remove('values', 'isTakenOver')]);
}

/** It was another account's. */
export async function dropOld(): Promise<void> {
  if (await isThere()) await deleteDB(NAME);
}

async function isThere(): Promise<boolean> {
  return (await indexedDB.databases()).some(({ name }) => name === NAME);
}

async function copy(device: Device): Promise<void> {
  const old = await openDB(NAME);
  try {
    const has = (store: string) => old.objectStoreNames.contains(store);
    const entries = async (store: string): Promise<[string, unknown][]> => {
      if (!has(store)) return [];
      const transaction = old.transaction(store);
      const [keys, rows] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
      return keys.map((key, index) => [String(key), rows[index]]);
    };
    for (const [id, content] of await entries('files')) await device.keepFile(id, content as ArrayBuffer);
    const values = new Map(await entries('values'));
    const mine = (['seen', 'viewed', 'wrap'] as const).filter((key) => values.has(key));
    // The mark is written with them: they are here once or not at all.
    const writes: Write[] = [
      ...(await entries('outbox')).map(([, entry]) => put('outbox', entry as Rows['outbox'])),
      ...(await entries('drafts')).map(([key, draft]) => putDraft(key, draft as Rows['drafts'])),
      ...mine.map((key) => putValue(key, values.get(key) as Values[typeof key])),
      putValue('isTakenOver', true),
    ];
    await device.write(writes);
  } finally {
    old.close();
  }
}
