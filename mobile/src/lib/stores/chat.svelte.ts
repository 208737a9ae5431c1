import {
  ApiError,
  isAbort,
  type Message,
  type Part,
  type Session,
  type StreamItem,
  type Todo,
  type Transport,
} from '../api';
import { MessagePlacesDocument, MessagesDocument, SessionDocument, SessionStreamDocument } from '../api/generated';
import { placeOf, put, remove, type Device } from '../device/port';
import { compare } from '../util/compare';
import { beforeNextFrame } from '../util/frame';
import type { Link } from './link.svelte';

/** So many come with the snapshot, when there are so many; and with each page before it. */
const PAGE = 30;
/** Of which only the place is asked for. */
const PLACES = 100;
/** What is read from the device at once, and what is kept there of each session. */
const SHOWN_AT_ONCE = 50;
const KEPT = 200;
const KEEP_AFTER = 500;

/** A text did not continue where ours ends: subscribe again. */
class Gap extends Error {}

/**
 * The messages of one session: those kept on the device at once, then a snapshot from the server, then each change.
 * Texts grow by pieces whose offsets prove that nothing is missing. What comes within one frame is shown with it.
 */
export class Chat {
  /** Something is shown, or it is known that there is nothing. */
  isReady = $state(false);
  isLive = $state(false);
  hasEarlier = $state(false);
  isReadingEarlier = $state(false);
  /** The session is gone. */
  isGone = $state(false);
  session: Session | null = $state.raw(null);
  /** What the agent has set itself to do. */
  todos: readonly Todo[] = $state.raw([]);
  /** Oldest first. Another list after each change, with the same things in it where they are the same. */
  messages: readonly Message[] = $state.raw([]);
  /** What `messages` becomes with the next frame. */
  #list: Message[] = [];
  /** Where in `#list` each of them is. */
  #places = new Map<string, number>();
  #publish: (() => void) | null = null;
  #before: string | null = null;
  #unkept = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly id: string,
    private readonly transport: Transport,
    private readonly device: Device,
    private readonly link: Link,
  ) {}

  async open(): Promise<void> {
    if (this.isReady) return;
    const kept = await this.device.newestMessages(this.id, SHOWN_AT_ONCE);
    if (this.isLive || kept.length === 0) return;
    this.#replace(kept);
    this.isReady = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isGone) {
      await this.link.turn(signal);
      if (signal.aborted) return;
      try {
        await this.#follow(signal);
      } catch (error) {
        this.isLive = false;
        if (isAbort(error)) return;
        // The feed says so, and how to go on.
        if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return;
        if (!(error instanceof Gap)) this.link.failed('');
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const variables = { session: this.id };
    for await (const { sessionStream } of this.transport.subscribe(SessionStreamDocument, variables, signal)) {
      this.#take(sessionStream);
    }
    if (signal.aborted) return;
    // It ends by itself when the session is deleted. To be sure, since what is shown then goes.
    const { data } = await this.transport.request(SessionDocument, { id: this.id }, signal);
    this.isGone = data.session === null;
    if (!this.isGone) this.link.failed('');
  }

  #take(item: StreamItem): void {
    switch (item.__typename) {
      case 'SessionSnapshot':
        this.session = item.session;
        this.todos = item.todoList.todos;
        this.#snapshot(item.messages);
        break;
      case 'MessageChanged':
        if (item.message) this.put(item.message);
        else this.#drop(item.messageId);
        break;
      case 'TodosChanged':
        this.todos = item.changed?.todos ?? [];
        break;
      case 'PartChanged':
        this.#part(item.messageId, item.part);
        break;
      case 'TextAppended':
        this.#append(item.messageId, item.partId, item.offset, item.text);
        break;
      case 'SessionStatusChanged':
        if (this.session) this.session = { ...this.session, status: item.status, activity: item.activity };
        break;
    }
  }

  /** Replaces what it covers. What is older stays if it joins on, and is fetched again otherwise. */
  #snapshot(messages: Message[]): void {
    const first = messages[0];
    const joint = first && this.#places.get(first.id);
    const older = joint === undefined ? [] : this.#list.slice(0, joint);
    this.#replace([...older, ...messages]);
    for (const message of messages) this.#unkept.add(message.id);
    this.#keepSoon();
    // On the device there must be no hole either.
    if (first && joint === undefined) void this.device.write([{ kind: 'dropOlder', than: placeOf(first) }]);
    this.hasEarlier = older.length > 0 || messages.length >= PAGE;
    this.#before = null;
    this.isReady = true;
    this.isLive = true;
  }

  put(message: Message): void {
    const place = this.#places.get(message.id);
    if (place !== undefined) {
      this.#list[place] = message;
    } else {
      this.#list.push(message);
      const before = this.#list.at(-2);
      if (before && byAge(before, message) > 0) this.#list.sort(byAge);
      this.#number();
    }
    this.#publish ??= beforeNextFrame(() => this.#show());
    this.#unkept.add(message.id);
    // What is whole is not waited with: the page may die at any moment, and be opened without a network.
    if (message.completedAt) void this.keep();
    else this.#keepSoon();
  }

  /** The agent has it no more: the session was taken back. */
  #drop(id: string): void {
    if (!this.#places.has(id)) return;
    this.#list = this.#list.filter((message) => message.id !== id);
    this.#number();
    this.#publish ??= beforeNextFrame(() => this.#show());
    this.#unkept.delete(id);
    void this.device.write([remove('messages', id)]);
  }

  #part(messageId: string, part: Part): void {
    const message = this.#find(messageId);
    if (!message) return;
    const isKnown = message.parts.some((other) => other.id === part.id);
    const parts = isKnown
      ? message.parts.map((other) => (other.id === part.id ? part : other))
      : // Ids are in the order of the message; news of them need not be.
        [...message.parts, part].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.put({ ...message, parts });
  }

  #append(messageId: string, partId: string, offset: number, text: string): void {
    const message = this.#find(messageId);
    const part = message?.parts.find((part) => part.id === partId);
    if (!message || !part || !('text' in part)) throw new Gap();
    // What the snapshot already had may come once more.
    if (part.text.length >= offset + text.length) return;
    if (part.text.length !== offset) throw new Gap();
    const grown = { ...part, text: part.text + text };
    this.put({ ...message, parts: message.parts.map((other) => (other.id === partId ? grown : other)) });
  }

  /** One page further back. */
  async readEarlier(signal: AbortSignal): Promise<void> {
    if (this.isReadingEarlier || !this.hasEarlier) return;
    this.isReadingEarlier = true;
    try {
      if (this.#before === null) await this.#findPlace(signal);
      const page = await this.#page(PAGE, this.#before, signal);
      this.#before = page.pageInfo.startCursor;
      this.hasEarlier = page.pageInfo.hasPreviousPage;
      const fresh = page.nodes.filter((message) => !this.#places.has(message.id));
      this.#replace([...fresh, ...this.#list]);
    } finally {
      this.isReadingEarlier = false;
    }
  }

  /** The cursor of the oldest message we have: the end of the list is as long as what is shown. */
  async #findPlace(signal: AbortSignal): Promise<void> {
    let left = this.#list.length;
    while (left > 0) {
      const variables = { session: this.id, last: Math.min(left, PLACES), before: this.#before };
      const page = (await this.transport.request(MessagePlacesDocument, variables, signal)).data.session?.messages;
      if (!page?.nodes.length) return;
      left -= page.nodes.length;
      this.#before = page.pageInfo.startCursor;
    }
  }

  async #page(last: number, before: string | null, signal: AbortSignal) {
    const { data } = await this.transport.request(MessagesDocument, { session: this.id, last, before }, signal);
    return data.session?.messages ?? { nodes: [], pageInfo: { startCursor: null, hasPreviousPage: false } };
  }

  #find(id: string): Message | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#list[place];
  }

  #replace(messages: Message[]): void {
    this.#list = messages;
    this.#number();
    this.#show();
  }

  #number(): void {
    this.#places = new Map(this.#list.map((message, index) => [message.id, index]));
  }

  #show(): void {
    this.#publish?.();
    this.#publish = null;
    this.messages = [...this.#list];
  }

  #keepSoon(): void {
    this.#timer ??= setTimeout(() => void this.keep(), KEEP_AFTER);
  }

  /** Writes what changed to the device. */
  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const oldest = Math.max(0, this.#list.length - KEPT);
    const messages = [...this.#unkept].flatMap((id) => {
      const place = this.#places.get(id);
      return place !== undefined && place >= oldest ? (this.#list[place] ?? []) : [];
    });
    this.#unkept.clear();
    if (messages.length === 0) return;
    await this.device.write([
      ...messages.map((message) => put('messages', message)),
      { kind: 'keepNewest', session: this.id, count: KEPT },
    ]);
  }
}

function byAge(a: Message, b: Message): number {
  return compare(a.createdAt, b.createdAt) || compare(a.id, b.id);
}
