import { nameOf } from './documents';
import { NetworkError } from './errors';
import type { TypedDocumentString } from './generated';
import { initiate, poll } from './oauth';
import type { Answer, SocketState, Transport, Uploaded } from './transport';
import type { GithubLogin } from './types';

type Handler = (variables: never) => unknown;

/** For tests of stores and components: answers by the operation's name, and streams that a test feeds. */
export class FakeTransport implements Transport {
  readonly sent: { name: string; variables: unknown }[] = [];
  isReachable = true;
  #handlers = new Map<string, Handler>();
  #streams = new Map<string, Stream>();
  #listeners: ((state: SocketState, detail: string) => void)[] = [];

  on(name: string, handler: Handler): this {
    this.#handlers.set(name, handler);
    return this;
  }

  /** Gives an item to whoever watches, once somebody does. */
  async push(name: string, item: unknown): Promise<void> {
    (await this.#watched(name)).push(item);
  }

  async fail(name: string, error: Error): Promise<void> {
    (await this.#watched(name)).fail(error);
  }

  async #watched(name: string): Promise<Stream> {
    for (let tries = 0; tries < 200; tries += 1) {
      const stream = this.#streams.get(name);
      if (stream) return stream;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`nobody watches ${name}`);
  }

  async request<R, V>(document: TypedDocumentString<R, V>, variables: V): Promise<Answer<R>> {
    const name = nameOf(document);
    this.sent.push({ name, variables });
    if (!this.isReachable) throw new NetworkError('The server does not answer.');
    const handler = this.#handlers.get(name);
    if (!handler) throw new Error(`no answer for ${name}`);
    return { data: (await handler(variables as never)) as R, errors: [] };
  }

  async upload(name: string, content: ArrayBuffer): Promise<Uploaded> {
    this.sent.push({ name: 'upload', variables: { name, size: content.byteLength } });
    if (!this.isReachable) throw new NetworkError('The server does not answer.');
    const handler = this.#handlers.get('upload');
    if (!handler) throw new Error('no answer for an upload');
    return (await handler({ name } as never)) as Uploaded;
  }

  async save(path: string, name: string): Promise<string | null> {
    this.sent.push({ name: 'save', variables: { path, name } });
    if (!this.isReachable) throw new NetworkError('The server does not answer.');
    return null;
  }

  async *subscribe<R, V>(document: TypedDocumentString<R, V>, variables: V, signal: AbortSignal): AsyncIterable<R> {
    const name = nameOf(document);
    this.sent.push({ name, variables });
    if (!this.isReachable) throw new NetworkError('The server does not answer.');
    const stream = new Stream(signal);
    this.#streams.set(name, stream);
    this.#tell('open');
    try {
      yield* stream as AsyncIterable<R>;
    } finally {
      if (this.#streams.get(name) === stream) this.#streams.delete(name);
    }
  }

  initiateOauth(clientMutationId: string): Promise<GithubLogin> {
    return initiate(this, clientMutationId);
  }

  pollOauth(seen: GithubLogin, signal: AbortSignal): Promise<GithubLogin> {
    return poll(this, seen, signal);
  }

  drop(): void {
    for (const stream of this.#streams.values()) stream.fail(new NetworkError('The connection was lost.'));
    this.#tell('closed');
  }

  onSocket(listener: (state: SocketState, detail: string) => void): void {
    this.#listeners.push(listener);
  }

  #tell(state: SocketState): void {
    for (const listener of this.#listeners) listener(state, '');
  }
}

class Stream {
  #items: unknown[] = [];
  #error: Error | null = null;
  #wake: () => void = () => {};

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#wake());
  }

  push(item: unknown): void {
    this.#items.push(item);
    this.#wake();
  }

  fail(error: Error): void {
    this.#error = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift();
      if (this.#error) throw this.#error;
      if (this.signal.aborted) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
