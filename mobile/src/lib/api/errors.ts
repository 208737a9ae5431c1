import type { ErrorCode } from './codes';
import type { Answer } from './transport';

/** What the server answered instead of data. Decide on `code`, never on the text. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly extensions: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** The input that cannot be used, by its path in the mutation. */
  get field(): string | null {
    return typeof this.extensions.field === 'string' ? this.extensions.field : null;
  }

  get retryAfter(): number | null {
    return typeof this.extensions.retryAfter === 'number' ? this.extensions.retryAfter : null;
  }

  /** Whether the same request may succeed later without anybody doing anything. */
  get isPassing(): boolean {
    return this.code === 'UNAVAILABLE' || this.code === 'INTERNAL';
  }
}

/** Nothing came back. Whether the request arrived cannot be known. */
export class NetworkError extends Error {
  override name = 'NetworkError';
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

export interface GraphqlError {
  message: string;
  extensions?: Record<string, unknown> | null;
}

/** As the server gives it. */
export interface GraphqlAnswer<R> {
  data?: R | null;
  errors?: GraphqlError[] | null;
}

export function apiError({ message, extensions }: GraphqlError): ApiError {
  const code = typeof extensions?.code === 'string' ? (extensions.code as ErrorCode) : 'INTERNAL';
  return new ApiError(code, message, extensions ?? {});
}

/** Data with what failed in it; without any, what failed is the answer. */
export function settled<R>(answer: GraphqlAnswer<R>): Answer<R> {
  const errors = (answer.errors ?? []).map(apiError);
  if (answer.data != null) return { data: answer.data, errors };
  throw errors[0] ?? new ApiError('INTERNAL', 'The server gave an empty answer.');
}
