/** The order of ids and of times as the server writes them: by code units, as IndexedDB and the server have it. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
