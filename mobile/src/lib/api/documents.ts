import type { TypedDocumentString } from './generated';

/** The name of an operation, as it is in client/operations. */
export function nameOf(document: TypedDocumentString<unknown, never>): string {
  return /(?:query|mutation|subscription) (\w+)/.exec(document.toString())?.[1] ?? '';
}
