// The app's Rust side for tests, as far as it keeps things: device-commands.json is what both have to do.
import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import { onTestFinished } from 'vitest';

interface Place {
  session: string;
  createdAt: string;
  id: string;
}
type Told = Record<string, unknown> & { kind: string; store: string; key: string; row: unknown; place?: Place };

const STORES = ['values', 'projects', 'sessions', 'decisions', 'servers', 'messages', 'outbox', 'drafts', 'files'];
const CACHED = ['projects', 'sessions', 'decisions', 'servers', 'messages'];
const LARGEST_ROW = 8 << 20;
const FIELDS: Record<string, string[]> = {
  put: ['kind', 'store', 'key', 'row', 'place'],
  remove: ['kind', 'store', 'key'],
  clear: ['kind', 'store'],
  dropOlder: ['kind', 'than'],
  keepNewest: ['kind', 'session', 'count'],
};

/** What is on the disk. It outlives the pages. */
export class RustSide {
  #handle = 0;
  #isOpen = false;
  #isDamaged = false;
  /** JSON by store and key. */
  #rows = new Map<string, Map<string, string>>();
  #places = new Map<string, Place>();
  #files = new Map<string, Uint8Array>();
  /** Before a command is done. */
  before: (command: string) => Promise<void> | void = () => {};

  /** From now on, pages call this one. */
  listen(): void {
    mockIPC(async (command, input) => {
      // As on the way there: what is no JSON does not arrive.
      const told = input instanceof ArrayBuffer ? input : (JSON.parse(JSON.stringify(input ?? {})) as unknown);
      await this.before(command);
      return this.answer(command, told as Record<string, unknown>, {});
    });
    // The options, which hold the headers, are not given to a mock.
    const internals = (
      window as unknown as { __TAURI_INTERNALS__: { invoke: (...all: unknown[]) => Promise<unknown> } }
    ).__TAURI_INTERNALS__;
    const { invoke } = internals;
    internals.invoke = async (command, input, options) => {
      if (command !== 'device_keep_file') return invoke(command, input, options);
      await this.before(command);
      const { headers } = options as { headers: Record<string, string> };
      return this.answer(command, input as ArrayBuffer, headers);
    };
    onTestFinished(clearMocks);
  }

  async answer(command: string, input: unknown, headers: Record<string, string>): Promise<unknown> {
    const { handle, ...rest } = input as Record<string, unknown>;
    if (command === 'device_open') {
      if (this.#isDamaged) this.#beginAnew();
      this.#isOpen = true;
      return (this.#handle += 1);
    }
    if (command === 'device_clear') {
      this.#isOpen = false;
      for (const kept of [this.#rows, this.#places, this.#files]) kept.clear();
      return null;
    }
    const given = command === 'device_keep_file' ? Number(headers.handle) : handle;
    if (this.#isDamaged && this.#isOpen && given === this.#handle) {
      this.#isOpen = false;
      throw { kind: 'damaged', message: 'what this device keeps is damaged' };
    }
    refuse(!this.#isOpen || given !== this.#handle, 'what this device keeps is not open for this page');
    switch (command) {
      case 'device_read':
        return (rest.reads as { store: string; key?: string }[]).map((read) => this.#read(read));
      case 'device_write':
        return this.#write(rest.writes as Told[]);
      case 'device_newest':
        return this.#whole(this.#newest(keyOf(rest.session)).slice(0, rest.count as number));
      case 'device_file':
        return this.#files.get(keyOf(rest.id))?.slice().buffer ?? null;
      case 'device_keep_file':
        this.#files.set(keyOf(decodeURIComponent(headers.id ?? '')), new Uint8Array(input as ArrayBuffer).slice());
        return null;
      default:
        throw new Error(`no command ${command}`);
    }
  }

  /** As a disk does it: whoever uses it next finds out. */
  spoil(): void {
    this.#isDamaged = true;
  }

  /** What nobody else has was saved. */
  #beginAnew(): void {
    this.#isDamaged = false;
    for (const store of [...this.#rows.keys()])
      if (store !== 'outbox' && store !== 'drafts')
        for (const key of [...(this.#rows.get(store)?.keys() ?? [])]) this.#remove(store, key);
    const word = { why: 'damaged', place: '/kept/damaged-1', rescued: this.all('outbox').length };
    this.#rows.set('values', new Map([['setAside', JSON.stringify(word)]]));
  }

  /** All rows of a store, whatever a page believes. */
  all(store: string): unknown[] {
    const rows = this.#rows.get(store) ?? new Map<string, string>();
    return [...rows.keys()].toSorted().map((key) => this.#row(store, key));
  }

  #row(store: string, key: string): unknown {
    const row = this.#rows.get(store)?.get(key);
    return row === undefined ? null : JSON.parse(row);
  }

  #read({ store, key }: { store: string; key?: string }): unknown {
    refuse(!STORES.includes(store) || store === 'files', `no store ${store}`);
    return key === undefined ? this.all(store) : this.#row(store, keyOf(key));
  }

  /** The newest first. */
  #newest(session: string): string[] {
    const ids = [...this.#places.values()].filter((place) => place.session === session).toSorted(byAge);
    return ids.map(({ id }) => id).reverse();
  }

  /** Oldest first, back to one that is not kept. */
  #whole(newest: string[]): unknown[] {
    const rows = newest.map((id) => this.#row('messages', id));
    const hole = rows.indexOf(null);
    return rows.slice(0, hole < 0 ? undefined : hole).reverse();
  }

  #write(writes: Told[]): null {
    const before = [structuredClone(this.#rows), new Map(this.#places), new Map(this.#files)] as const;
    try {
      for (const write of writes) this.#apply(write);
    } catch (error) {
      [this.#rows, this.#places, this.#files] = before;
      throw error;
    }
    return null;
  }

  #apply(write: Told): void {
    const fields = FIELDS[write.kind];
    refuse(!fields || Object.keys(write).some((field) => !fields.includes(field)), 'an unknown write');
    if ('store' in write) refuse(!STORES.includes(write.store), `no store ${write.store}`);
    switch (write.kind) {
      case 'put': {
        const { store, key, place } = write;
        refuse(store === 'files', 'files has no rows of JSON');
        refuse((store === 'messages') !== (place !== undefined), 'messages have a place');
        refuse(place !== undefined && place.id !== key, 'a message is kept by its id');
        if (!this.#rows.has(store)) this.#rows.set(store, new Map());
        const row = JSON.stringify(write.row);
        const isTooLarge = new TextEncoder().encode(row).length > LARGEST_ROW;
        refuse(isTooLarge && !CACHED.includes(store), 'a row is too large');
        this.#rows.get(store)?.set(keyOf(key), isTooLarge ? 'null' : row);
        if (place) this.#places.set(key, place);
        return;
      }
      case 'remove':
        return this.#remove(write.store, keyOf(write.key));
      case 'clear':
        if (write.store === 'files') this.#files.clear();
        for (const key of [...(this.#rows.get(write.store)?.keys() ?? [])]) this.#remove(write.store, key);
        return;
      case 'dropOlder': {
        const than = write.than as Place;
        for (const place of [...this.#places.values()])
          if (place.session === than.session && byAge(place, than) < 0) this.#remove('messages', place.id);
        return;
      }
      default:
        for (const id of this.#newest(keyOf(write.session)).slice(write.count as number)) this.#remove('messages', id);
    }
  }

  #remove(store: string, key: string): void {
    if (store === 'files') this.#files.delete(key);
    else this.#rows.get(store)?.delete(key);
    if (store === 'messages') this.#places.delete(key);
  }
}

function refuse(isWrong: boolean, message: string): void {
  // As `Failure` is told.
  if (isWrong) throw { kind: 'here', message };
}

function keyOf(key: unknown): string {
  refuse(typeof key !== 'string', 'a key is a text');
  const size = new TextEncoder().encode(String(key)).length;
  refuse(size < 1 || size > 256, 'a key has 1 to 256 bytes');
  return String(key);
}

function byAge(a: Place, b: Place): number {
  const [one, other] = [`${a.createdAt}\0${a.id}`, `${b.createdAt}\0${b.id}`];
  return one < other ? -1 : Number(one > other);
}
