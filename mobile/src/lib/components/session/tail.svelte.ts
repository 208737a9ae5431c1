import type { Message } from '../../api';

interface Source {
  readonly messages: readonly Message[];
}

/** What is mounted at the end when a chat opens: about a screen, so that the first frame shows it and does no more. */
const FIRST = { fewest: 2, most: 8, characters: 3_000 };
/** A row that is not text is as high as so many characters. */
const ROW = 100;
/** It grows up to this before its older half becomes past, and up to this while somebody reads further up. */
const LONGEST = 40;
const LONGEST_WHILE_READING = 200;

/**
 * The end of a conversation, which grows, apart from its past, which does not: the end is always mounted and has its own
 * heights, the past is a virtual list. Where they part moves only while the reader is at the end and sees nothing of it.
 */
export class Tail {
  #first: string | null = null;
  #last: readonly Message[] = [];
  readonly #cut = $derived.by(() => this.#part(this.source.messages));
  readonly past: readonly Message[] = $derived.by(() => this.#same(this.source.messages.slice(0, this.#cut)));
  readonly present: readonly Message[] = $derived.by(() => this.source.messages.slice(this.#cut));

  constructor(
    private readonly source: Source,
    private readonly isFollowing: () => boolean,
  ) {}

  #part(messages: readonly Message[]): number {
    const first = this.#first === null ? -1 : messages.findLastIndex((message) => message.id === this.#first);
    const length = messages.length - first;
    const isLong = length > (this.isFollowing() ? LONGEST : LONGEST_WHILE_READING);
    const kept = first < 0 ? screenful(messages) : isLong ? LONGEST / 2 : length;
    const cut = Math.max(0, messages.length - kept);
    this.#first = messages[cut]?.id ?? null;
    return cut;
  }

  /** The list as it was while nothing in it changed: the virtual list then has nothing to do. */
  #same(past: readonly Message[]): readonly Message[] {
    const last = this.#last;
    if (past.length === last.length && past.every((message, index) => message === last[index])) return last;
    this.#last = past;
    return past;
  }
}

function screenful(messages: readonly Message[]): number {
  let characters = 0;
  let count = 0;
  while (count < Math.min(FIRST.most, messages.length)) {
    if (count >= FIRST.fewest && characters >= FIRST.characters) break;
    count += 1;
    for (const part of messages.at(-count)?.parts ?? []) {
      characters += part.__typename === 'TextPart' ? part.text.length : ROW;
    }
  }
  return count;
}
