import type { Part } from '../../api';

/** What the reader wrote: a command as it was called, and not what it stands for. */
export function ownWords(parts: Part[]): string {
  const command = parts.find((part) => part.__typename === 'CommandPart');
  if (command) return called(command.name, command.arguments);
  return parts.flatMap((part) => (part.__typename === 'TextPart' && !part.isSynthetic ? [part.text] : [])).join('\n\n');
}

export function called(name: string, words: string): string {
  return `/${name} ${words}`.trim();
}

/** What went with it. A file that a program put in beside is neither. */
export function ownFiles(parts: Part[]): { files: string[]; paths: string[] } {
  const found = parts.filter((part) => part.__typename === 'FilePart');
  return {
    files: found.flatMap(({ attachment, filename }) => (attachment && filename ? [filename] : [])),
    paths: found.flatMap(({ path }) => (path ? [path] : [])),
  };
}
