/** What is being written behind an `@`, up to the caret. */
export interface Mention {
  /** Where the `@` is. */
  start: number;
  query: string;
}

export function mentionAt(text: string, caret: number): Mention | null {
  const found = /(?:^|\s)@([^\s@]*)$/.exec(text.slice(0, caret));
  return found ? { start: caret - (found[1]?.length ?? 0) - 1, query: found[1] ?? '' } : null;
}

/** The text with the path in the mention's place, and where the caret goes. */
export function withPath(text: string, caret: number, mention: Mention, path: string): { text: string; caret: number } {
  const before = `${text.slice(0, mention.start)}@${path} `;
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length };
}
