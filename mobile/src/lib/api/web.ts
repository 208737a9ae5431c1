import { createClient, type Client } from 'graphql-ws';

import { saveFile } from '../util/save';
import { apiError, ApiError, isAbort, NetworkError, settled, type GraphqlAnswer } from './errors';
import type { TypedDocumentString } from './generated';
import { initiate, poll } from './oauth';
import type { Answer, SocketState, Transport, Uploaded } from './transport';
import type { GithubLogin } from './types';

/** A request that has not been answered by then is not going to be. */
const REQUEST_LIMIT = 30_000;
/** A file over a phone's connection, in either direction; the server waits as long. */
const FILE_LIMIT = 120_000;
/** A ping after this much silence, and the end if nothing comes back: a half-open socket is found within 15 s. */
const PING_EVERY = 10_000;
const PONG_WITHIN = 5_000;

/** fetch for questions and orders, graphql-transport-ws for what is watched. */
export class WebTransport implements Transport {
  #client: Client | null = null;
  #listeners: ((state: SocketState, detail: string) => void)[] = [];

  constructor(
    private readonly origin: string,
    private readonly token: () => string | null,
  ) {}

  async request<R, V>(document: TypedDocumentString<R, V>, variables: V, signal?: AbortSignal): Promise<Answer<R>> {
    const body = JSON.stringify({ query: document.toString(), variables });
    return this.#post<R>('/graphql', body, 'application/json', REQUEST_LIMIT, signal);
  }

  async upload(name: string, content: ArrayBuffer, signal?: AbortSignal): Promise<Uploaded> {
    const path = `/attachments?name=${encodeURIComponent(name)}`;
    const kind = 'application/octet-stream';
    const { data, errors } = await this.#post<{ attachment: Uploaded }>(path, content, kind, FILE_LIMIT, signal);
    if (errors[0]) throw errors[0];
    return data.attachment;
  }

  async save(path: string, name: string, signal?: AbortSignal): Promise<null> {
    saveFile(name, await this.#download(path, signal));
    return null;
  }

  async #download(path: string, signal?: AbortSignal): Promise<Blob> {
    const limit = AbortSignal.timeout(FILE_LIMIT);
    const token = this.token();
    try {
      const response = await fetch(new URL(path, this.origin), {
        headers: token ? { authorization: `Bearer ${token}` } : {},
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        cache: 'no-store',
        credentials: 'omit',
      });
      if (response.ok) return await response.blob();
      const { errors } = (await response.json()) as { errors?: { message: string }[] };
      throw errors?.[0] ? apiError(errors[0]) : new ApiError('INTERNAL', 'The server gave an empty answer.');
    } catch (error) {
      if (isAbort(error) || error instanceof ApiError) throw error;
      throw new NetworkError('The server does not answer.', { cause: error });
    }
  }

  async #post<R>(
    path: string,
    body: string | ArrayBuffer,
    kind: string,
    within: number,
    signal?: AbortSignal,
  ): Promise<Answer<R>> {
    const limit = AbortSignal.timeout(within);
    const token = this.token();
    let answer: GraphqlAnswer<R>;
    try {
      const response = await fetch(new URL(path, this.origin), {
        method: 'POST',
        headers: {
          'content-type': kind,
          accept: 'application/graphql-response+json, application/json;q=0.9',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        cache: 'no-store',
        credentials: 'omit',
      });
      answer = await response.json();
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new NetworkError('The server does not answer.', { cause: error });
    }
    return settled(answer);
  }

  async *subscribe<R, V>(document: TypedDocumentString<R, V>, variables: V, signal: AbortSignal): AsyncIterable<R> {
    if (signal.aborted) return;
    const results = this.#socket().iterate<R>({
      query: document.toString(),
      variables: variables as Record<string, unknown>,
    });
    const stop = () => void results.return?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const result of results) {
        const error = result.errors?.[0];
        if (error) throw apiError({ message: error.message, extensions: { ...error.extensions } });
        if (result.data) yield result.data;
      }
    } catch (error) {
      throw asFailure(error);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  initiateOauth(clientMutationId: string): Promise<GithubLogin> {
    return initiate(this, clientMutationId);
  }

  pollOauth(seen: GithubLogin, signal: AbortSignal): Promise<GithubLogin> {
    return poll(this, seen, signal);
  }

  drop(): void {
    this.#client?.terminate();
    this.#client = null;
  }

  onSocket(listener: (state: SocketState, detail: string) => void): void {
    this.#listeners.push(listener);
  }

  #socket(): Client {
    this.#client ??= this.#connect();
    return this.#client;
  }

  #connect(): Client {
    const url = new URL('/graphql', this.origin);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    let socket: WebSocket | undefined;
    let pong: ReturnType<typeof setTimeout> | undefined;
    return createClient({
      url: url.href,
      connectionParams: () => ({ token: this.token() }),
      retryAttempts: 0,
      keepAlive: PING_EVERY,
      connectionAckWaitTimeout: 10_000,
      lazyCloseTimeout: 2_000,
      on: {
        opened: (opened) => (socket = opened as WebSocket),
        connected: () => this.#tell('open', ''),
        ping: (received) => {
          if (received) return;
          pong = setTimeout(() => socket?.close(4408, 'No answer to a ping'), PONG_WITHIN);
        },
        pong: (received) => {
          if (received) clearTimeout(pong);
        },
        closed: (event) => {
          clearTimeout(pong);
          this.#tell('closed', describe(event));
        },
      },
    });
  }

  #tell(state: SocketState, detail: string): void {
    for (const listener of this.#listeners) listener(state, detail);
  }
}

function describe(event: unknown): string {
  return event instanceof CloseEvent ? `${event.code} ${event.reason}`.trim() : '';
}

/** The end of a socket, or the errors of an operation that was refused. */
function asFailure(error: unknown): Error {
  if (error instanceof ApiError) return error;
  if (Array.isArray(error)) return apiError(error[0]);
  const detail = describe(error);
  // 4401 and 4403: what the server closes with when the token does not hold.
  if (/^440[13]/.test(detail)) return new ApiError('UNAUTHENTICATED', 'This device has no access any more.');
  return new NetworkError(detail || 'The connection was lost.', { cause: error });
}
