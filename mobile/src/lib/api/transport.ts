import type { TypedDocumentString } from './generated';
import type { ApiError } from './errors';
import type { GithubLogin } from './types';

/** An answer as GraphQL has it: a field that lives outside may fail and leave the rest as it is. */
export interface Answer<R> {
  data: R;
  errors: ApiError[];
}

export interface Uploaded {
  id: string;
  name: string;
  mediaType: string;
  size: number;
}

export type SocketState = 'open' | 'closed';

/**
 * How the app reaches its server: by fetch and WebSocket in a browser, by the Rust side in the app, by nothing in tests.
 * Whatever fails throws `ApiError` or `NetworkError`.
 */
export interface Transport {
  request<R, V>(document: TypedDocumentString<R, V>, variables: V, signal?: AbortSignal): Promise<Answer<R>>;
  /** Hands over a file that a prompt is going to have. The same file twice is the same attachment. */
  upload(name: string, content: ArrayBuffer, signal?: AbortSignal): Promise<Uploaded>;
  /**
   * Hands a file that the server makes, such as an exported session, to the person, and gives the place where it lies if
   * that is not theirs to choose. `path` is below the server's address.
   */
  save(path: string, name: string, signal?: AbortSignal): Promise<string | null>;
  /** Ends without an error when the server says that it is complete. It does not come back by itself after a break. */
  subscribe<R, V>(document: TypedDocumentString<R, V>, variables: V, signal: AbortSignal): AsyncIterable<R>;
  /** Begins to sign in at GitHub, and opens its page where that is the program's to do. The same id twice is one sign-in. */
  initiateOauth(clientMutationId: string): Promise<GithubLogin>;
  /** A sign-in as soon as it is otherwise than it was seen. */
  pollOauth(seen: GithubLogin, signal: AbortSignal): Promise<GithubLogin>;
  /** Breaks what is open. */
  drop(): void;
  onSocket(listener: (state: SocketState, detail: string) => void): void;
}
