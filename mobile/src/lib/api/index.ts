import type { TypedDocumentString } from './generated';
import type { Transport } from './transport';

export { ApiError, isAbort, NetworkError } from './errors';
export type { Answer, SocketState, Transport, Uploaded } from './transport';
export * from './types';

/** The whole answer, or the first thing that failed in it. */
export async function ask<R, V>(
  transport: Pick<Transport, 'request'>,
  document: TypedDocumentString<R, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<R> {
  const { data, errors } = await transport.request(document, variables, signal);
  if (errors[0]) throw errors[0];
  return data;
}
