import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';

import type { Message } from '../api';
import { CACHED, IRREPLACEABLE, type Answers, type Device, type Read, type Rows, type Store, type Write } from './port';

type Schema = DBSchema & {
  [S in Exclude<Store, 'messages'>]: { key: string; value: Rows[S] };
} & {
  messages: { key: string; value: Message; indexes: { age: [session: string, createdAt: string, id: string] } };
  files: { key: string; value: ArrayBuffer };
};
type Name = Store | 'files';
type Database = IDBPDatabase<Schema>;
type Transaction = IDBPTransaction<Schema, Name[], 'readwrite'>;

/** The database of the app's pages. */
export const NAME = 'pcc';
const VERSION = 3;
const NAMES: Name[] = ['values', ...CACHED, 'messages', 'outbox', 'drafts', 'files'];
/** The rows of these are kept beside their keys, those of the others have them in `id`. */
const NAMED: Name[] = ['values', 'drafts', 'files'];

/** What the browser keeps for this origin. Its tabs share it. */
export class IndexedDbDevice implements Device {
  #database: Promise<Database> | null = null;
  #isOver = false;

  constructor(private readonly name = NAME) {}

  async read<const R extends readonly Read[]>(reads: R): Promise<Answers<R>> {
    const database = await this.#open();
    const transaction = database.transaction(different(reads), 'readonly');
    const answers = reads.map(({ store, key }) => {
      const rows = transaction.objectStore(store);
      return key === undefined ? rows.getAll() : rows.get(key);
    });
    return (await Promise.all(answers)) as Answers<R>;
  }

  async write(writes: Write[]): Promise<void> {
    if (writes.length === 0) return;
    const stores = different(writes.map((write) => ({ store: 'store' in write ? write.store : 'messages' })));
    await this.#change(stores, (transaction) => writes.map((write) => apply(transaction, write)));
  }

  async newestMessages(session: string, count: number): Promise<Message[]> {
    const index = (await this.#open()).transaction('messages').store.index('age');
    const newest = await index.openKeyCursor(ofSession(session), 'prev');
    if (!newest) return [];
    const oldest = count > 1 ? await newest.advance(count - 1) : newest;
    return index.getAll(oldest ? IDBKeyRange.bound(oldest.key, [session, []]) : ofSession(session));
  }

  async file(id: string): Promise<ArrayBuffer | undefined> {
    return (await this.#open()).get('files', id);
  }

  async keepFile(id: string, content: ArrayBuffer): Promise<void> {
    await this.#change(['files'], (transaction) => [transaction.objectStore('files').put(content, id)]);
  }

  async close(): Promise<void> {
    // Behind what is on its way there.
    const last = this.#change(['values'], () => []);
    this.#isOver = true;
    await last;
    (await this.#database)?.close();
  }

  async clear(): Promise<void> {
    const cleared = this.#change(NAMES, (transaction) => NAMES.map((name) => transaction.objectStore(name).clear()));
    this.#isOver = true;
    await cleared;
    (await this.#database)?.close();
  }

  async #change(stores: Name[], work: (transaction: Transaction) => Promise<unknown>[]): Promise<void> {
    if (this.#isOver) return;
    const database = await this.#open();
    // A browser is not to say that it is kept while it is not on the disk.
    const durability = stores.some((store) => IRREPLACEABLE.includes(store)) ? 'strict' : 'relaxed';
    const transaction = database.transaction(stores, 'readwrite', { durability });
    try {
      await Promise.all([...work(transaction), transaction.done]);
    } catch (error) {
      await undone(transaction);
      throw error;
    }
  }

  /** Opened when it is asked for: the first time, and after it was closed. */
  #open(): Promise<Database> {
    this.#database ??= openDatabase(this.name, () => (this.#database = null)).catch((error: unknown) => {
      this.#database = null;
      throw error;
    });
    return this.#database;
  }
}

function openDatabase(name: string, closed: () => void): Promise<Database> {
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
      closed();
    },
    // By the browser, as some do to pages that sleep.
    terminated: closed,
  });
}

async function apply(transaction: Transaction, write: Write): Promise<void> {
  switch (write.kind) {
    case 'put': {
      const { store, key, row } = write;
      await transaction.objectStore(store).put(row as never, NAMED.includes(store) ? key : undefined);
      return;
    }
    case 'remove':
      return transaction.objectStore(write.store).delete(write.key);
    case 'clear':
      return transaction.objectStore(write.store).clear();
    case 'dropOlder': {
      const { session, createdAt, id } = write.than;
      return removeRange(transaction, IDBKeyRange.bound([session], [session, createdAt, id], false, true));
    }
    case 'keepNewest': {
      const { session, count } = write;
      const index = transaction.objectStore('messages').index('age');
      const newest = await index.openKeyCursor(ofSession(session), 'prev');
      const first = count > 0 ? await newest?.advance(count) : newest;
      if (first) await removeRange(transaction, IDBKeyRange.bound([session], first.key));
    }
  }
}

async function removeRange(transaction: Transaction, range: IDBKeyRange): Promise<void> {
  const messages = transaction.objectStore('messages');
  const keys = await messages.index('age').getAllKeys(range);
  await Promise.all(keys.map((key) => messages.delete(key)));
}

/** Takes back what a change has done so far. */
async function undone(transaction: Transaction): Promise<void> {
  try {
    transaction.abort();
  } catch {
    // By what went wrong already.
  }
  await transaction.done.catch(() => {});
}

/** All keys of the `age` index that belong to one session: an array sorts behind every string. */
const ofSession = (session: string) => IDBKeyRange.bound([session], [session, []]);

const different = <S extends Name>(of: readonly { store: S }[]): S[] => [...new Set(of.map(({ store }) => store))];
