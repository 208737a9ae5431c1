import { invoke, type InvokeOptions } from '@tauri-apps/api/core';

import { asError, DamagedError } from '../api/tauri';
import type { Message } from '../api';
import { IRREPLACEABLE, placeOf, type Answers, type Device, type Place, type Read, type Write } from './port';

/** A write as the Rust side takes it: src-tauri/src/device/request.rs. It does not look into a row. */
type Told = Write | (Extract<Write, { kind: 'put' }> & { place: Place });

/**
 * What the app's Rust side keeps, where a system that clears the storage of web views does not find it. One command at a
 * time, since they would overtake each other on the way.
 *
 * Damage that is found while it is used is put aside there when it is opened again, which is at once. The new one has what
 * could be saved of the things that nobody else has, and no cache: what this page writes of that would have holes, so it is
 * told to start again, and only what is a person's is still taken from it.
 */
export class TauriDevice implements Device {
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;
  #isAnew = false;

  private constructor(
    private handle: number,
    private readonly onanew: () => void,
  ) {}

  /** For the account that is signed in. Whatever page had it open before has it no more. */
  static async open(onanew: () => void = () => {}): Promise<TauriDevice> {
    return new TauriDevice(await open(), onanew);
  }

  async read<const R extends readonly Read[]>(reads: R): Promise<Answers<R>> {
    const answers = await this.#call<unknown[]>('device_read', { reads });
    // There is no undefined in JSON, and no row is null.
    return answers.map((answer) => answer ?? undefined) as Answers<R>;
  }

  async write(writes: Write[]): Promise<void> {
    if (this.#isOver) return;
    await this.#after(async () => {
      const wanted = this.#isAnew ? writes.filter(isIrreplaceable) : writes;
      if (wanted.length > 0) await call('device_write', { handle: this.handle, writes: wanted.map(told) });
    });
  }

  async newestMessages(session: string, count: number): Promise<Message[]> {
    return this.#call('device_newest', { session, count });
  }

  async file(id: string): Promise<ArrayBuffer | undefined> {
    return (await this.#call<ArrayBuffer | null>('device_file', { id })) ?? undefined;
  }

  async keepFile(id: string, content: ArrayBuffer): Promise<void> {
    if (this.#isOver) return;
    await this.#after(() => {
      const headers = { handle: String(this.handle), id: encodeURIComponent(id) };
      return call('device_keep_file', content, { headers });
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#last;
  }

  async clear(): Promise<void> {
    this.#isOver = true;
    await this.#after(() => call('device_clear'));
  }

  async #call<T>(command: string, input: Record<string, unknown>): Promise<T> {
    return this.#after(() => call<T>(command, { handle: this.handle, ...input }));
  }

  /** Once more where it began anew. */
  async #after<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work).catch(async (error: unknown) => {
      if (!(error instanceof DamagedError)) throw error;
      this.handle = await open();
      this.#isAnew = true;
      this.onanew();
      return work();
    });
    this.#last = done.catch(() => {});
    return done;
  }
}

const open = () => call<number>('device_open');

const isIrreplaceable = (write: Write) => 'store' in write && IRREPLACEABLE.includes(write.store);

function told(write: Write): Told {
  if (write.kind !== 'put' || write.store !== 'messages') return write;
  return { ...write, place: placeOf(write.row as Message) };
}

async function call<T>(
  command: string,
  input?: Record<string, unknown> | ArrayBuffer,
  options?: InvokeOptions,
): Promise<T> {
  try {
    return await invoke<T>(command, input, options);
  } catch (error) {
    throw asError(error);
  }
}
