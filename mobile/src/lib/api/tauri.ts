import { Channel, invoke } from '@tauri-apps/api/core';

import { nameOf } from './documents';
import { apiError, NetworkError, settled, type GraphqlAnswer } from './errors';
import type { BeginGithubLoginMutation, TypedDocumentString } from './generated';
import type { Answer, SocketState, Transport, Uploaded } from './transport';
import type { GithubLogin } from './types';

/** What the Rust side says when a command fails: src-tauri/src/error.rs. */
type Failure =
  | { kind: 'refused'; message: string; extensions: Record<string, unknown> }
  | { kind: 'unreachable' | 'here' | 'damaged'; message: string }
  | { kind: 'cancelled' };

/** What it tells of a subscription, in this order. */
type Told<R> = { kind: 'open' } | { kind: 'item'; data: R } | { kind: 'end'; failure: Failure | null };

/**
 * The app's Rust side asks and watches, as the account that it holds. It knows the operations by their names, and each
 * subscription has a connection of its own; a silent one is found there.
 */
export class TauriTransport implements Transport {
  #calls = 0;
  /** The subscriptions that the server has acknowledged. */
  #open = new Set<number>();
  #watching = new Set<number>();
  #listeners: ((state: SocketState, detail: string) => void)[] = [];

  async request<R, V>(document: TypedDocumentString<R, V>, variables: V, signal?: AbortSignal): Promise<Answer<R>> {
    const operation = nameOf(document);
    const run = (call: number) => invoke<GraphqlAnswer<R>>('run', { call, operation, variables });
    return settled(await this.#call(run, signal));
  }

  async upload(name: string, content: ArrayBuffer, signal?: AbortSignal): Promise<Uploaded> {
    const headers = (call: number) => ({ name: encodeURIComponent(name), call: String(call) });
    return this.#call((call) => invoke<Uploaded>('upload', content, { headers: headers(call) }), signal);
  }

  async save(path: string, name: string, signal?: AbortSignal): Promise<string> {
    return this.#call((call) => invoke<string>('save', { call, path, name }), signal);
  }

  async *subscribe<R, V>(document: TypedDocumentString<R, V>, variables: V, signal: AbortSignal): AsyncIterable<R> {
    if (signal.aborted) return;
    const call = this.#next();
    const queue = new Queue<Told<R>>();
    const told = new Channel<Told<R>>((item) => queue.push(item));
    // The end is told as an item too, so that it overtakes none.
    const stop = () => queue.push({ kind: 'end', failure: null });
    signal.addEventListener('abort', stop, { once: true });
    this.#watching.add(call);
    try {
      await invoke('watch', { call, operation: nameOf(document), variables, told });
      // It was dropped before there was anything to cancel.
      if (!this.#watching.has(call)) throw new NetworkError('The connection was lost.');
      for (;;) {
        const item = await queue.next();
        if (signal.aborted) return;
        if (item.kind === 'item') {
          yield item.data;
        } else if (item.kind === 'open') {
          this.#opened(call);
        } else {
          // Cancelled and not by who watches: dropped.
          if (item.failure) throw asError(item.failure, new NetworkError('The connection was lost.'));
          return;
        }
      }
    } catch (error) {
      const failure = asError(error);
      this.#closed(call, failure.message);
      throw failure;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#closed(call, '');
      this.#watching.delete(call);
      this.#cancel(call);
    }
  }

  async initiateOauth(clientMutationId: string): Promise<GithubLogin> {
    const run = (call: number) =>
      invoke<GraphqlAnswer<BeginGithubLoginMutation>>('initiate_oauth', { call, clientMutationId });
    const { data, errors } = settled(await this.#call(run));
    if (errors[0]) throw errors[0];
    return data.beginGithubLogin.githubLogin;
  }

  async pollOauth(seen: GithubLogin, signal: AbortSignal): Promise<GithubLogin> {
    return this.#call((call) => invoke<GithubLogin>('poll_oauth', { call, seen }), signal);
  }

  drop(): void {
    for (const call of this.#watching) this.#cancel(call);
    this.#watching.clear();
    if (this.#open.size === 0) return;
    this.#open.clear();
    this.#tell('closed', '');
  }

  onSocket(listener: (state: SocketState, detail: string) => void): void {
    this.#listeners.push(listener);
  }

  #next(): number {
    this.#calls += 1;
    return this.#calls;
  }

  async #call<T>(start: (call: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const call = this.#next();
    const cancel = () => this.#cancel(call);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await start(call);
      signal?.throwIfAborted();
      return result;
    } catch (error) {
      throw asError(error, new DOMException('It is not waited for any more.', 'AbortError'));
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** One that has ended already is not known there any more. */
  #cancel(call: number): void {
    invoke('cancel', { call }).catch((error: unknown) => console.error(error));
  }

  /** The first and the last count: whether the server can be reached is the same for all of them. */
  #opened(call: number): void {
    // It was dropped meanwhile.
    if (!this.#watching.has(call)) return;
    this.#open.add(call);
    if (this.#open.size === 1) this.#tell('open', '');
  }

  #closed(call: number, detail: string): void {
    if (this.#open.delete(call) && this.#open.size === 0) this.#tell('closed', detail);
  }

  #tell(state: SocketState, detail: string): void {
    for (const listener of this.#listeners) listener(state, detail);
  }
}

/** What the device keeps is not what was written. */
export class DamagedError extends Error {
  override name = 'DamagedError';
}

/** What a command was refused with. */
export function asError(error: unknown, cancelled: Error = new NetworkError('The connection was lost.')): Error {
  if (error instanceof Error) return error;
  const failure = error as Failure | string;
  if (typeof failure === 'string') return new Error(failure);
  switch (failure.kind) {
    case 'refused':
      return apiError(failure);
    case 'unreachable':
      return new NetworkError(failure.message);
    case 'here':
      return new Error(failure.message);
    case 'damaged':
      return new DamagedError(failure.message);
    default:
      return cancelled;
  }
}

/** What has come and was not taken yet. */
class Queue<T> {
  #items: T[] = [];
  #taker: ((item: T) => void) | null = null;

  push(item: T): void {
    const taker = this.#taker;
    this.#taker = null;
    if (taker) taker(item);
    else this.#items.push(item);
  }

  async next(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    return new Promise((resolve) => (this.#taker = resolve));
  }
}
