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

/** What is being written behind a `/` that begins the message, up to the caret. */
export function commandAt(text: string, caret: number): string | null {
  return /^\/([^\s/]*)$/.exec(text.slice(0, caret))?.[1] ?? null;
}

/** The text with the command's name in the place of what was written of it. */
export function withCommand(text: string, caret: number, name: string): { text: string; caret: number } {
  const before = `/${name} `;
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length };
}

/** A message that begins with the name of a command is that command, and the rest its arguments. */
export function commandOf(text: string, names: string[]): { name: string; arguments: string } | undefined {
  const [, name, rest] = /^\/(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  return name && names.includes(name) ? { name, arguments: rest ?? '' } : undefined;
}

/** The text with the path in the mention's place, and where the caret goes. */
export function withPath(text: string, caret: number, mention: Mention, path: string): { text: string; caret: number } {
  const before = `${text.slice(0, mention.start)}@${path} `;
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length };
}
