// What can be chosen from a list, and how the keys go through it.

export interface Option {
  value: string;
  word: string;
  /** Options of one group stand together under its name. */
  group?: string;
}

export interface Group {
  name: string | null;
  options: { option: Option; index: number }[];
}

/** Those with all of these words in them, as they stand: by groups. */
export function matching(options: readonly Option[], text: string): Option[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = options.filter(({ word, group, value }) => {
    const all = `${word} ${group ?? ''} ${value}`.toLowerCase();
    return words.every((wanted) => all.includes(wanted));
  });
  return grouped(found).flatMap((group) => group.options.map(({ option }) => option));
}

/** In their order, with their places in the whole list. */
export function grouped(options: readonly Option[]): Group[] {
  const groups: Group[] = [];
  options.forEach((option, index) => {
    const name = option.group ?? null;
    const group = groups.find((group) => group.name === name);
    if (group) group.options.push({ option, index });
    else groups.push({ name, options: [{ option, index }] });
  });
  return groups;
}

/** Where a key leads from here; null for a key that is none of the list's. */
export function moved(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
    case 'PageUp':
      return 0;
    case 'End':
    case 'PageDown':
      return count - 1;
    default:
      return null;
  }
}

/** The next one that begins with this letter, from behind where we are and around. */
export function beginning(options: readonly Option[], letter: string, at: number): number | null {
  for (let step = 1; step <= options.length; step += 1) {
    const index = (at + step) % options.length;
    if (options[index]?.word.toLowerCase().startsWith(letter.toLowerCase())) return index;
  }
  return null;
}
