import { ApiError, isAbort, NetworkError, type Transport } from '../api';
import { put, remove, type Device, type Write } from '../device/port';
import { t } from '../i18n';
import { newId } from '../util/ids';
import type { Link } from './link.svelte';
import { laneOf, send, type DecideOrder, type Order, type Outcomes, type PromptOrder } from './orders';

export interface OutboxEntry<O extends Order = Order> {
  /** Also the `clientMutationId`: sent again, it is answered and not done again. */
  id: string;
  at: number;
  order: O;
  /** `unconfirmed`: it was sent, and no answer came. It is sent again under the same id. */
  state: 'waiting' | 'sending' | 'unconfirmed' | 'failed';
  error: string | null;
  /** The device that it was sent as, last: to another one, the server does not know its id. */
  by?: string;
  /** The input that was refused, by its path. */
  field?: string | null;
}

const PAUSE = 2_000;
/** Done twice is done once, under whatever id. */
const SAFE: Order['kind'][] = ['decide', 'start', 'stop', 'sleep', 'wake'];

/**
 * What was asked for here and the server has not confirmed: kept on the device before anything is sent, so that neither a
 * dead page nor a dead network loses it; under an id of its own, so that nothing is done twice, not even by two tabs.
 */
export class Outbox {
  entries: OutboxEntry[] = $state.raw([]);
  #wakers = new Set<() => void>();
  /** This device has no access any more: what waits stays. */
  #isRefused = false;

  constructor(
    private readonly transport: Transport,
    private readonly device: Device,
    private readonly link: Link,
    private readonly outcomes: Outcomes,
    /** Somebody else was first. */
    private readonly late: (entry: OutboxEntry<DecideOrder>, error: ApiError) => void,
    /** Who this device is. */
    private readonly self: string,
  ) {}

  async open(): Promise<void> {
    const [kept] = await this.device.read([{ store: 'outbox' }]);
    this.entries = kept.map((entry) => this.#resumed(entry)).toSorted((a, b) => a.at - b.at);
  }

  /** It was being sent when the page ended; as another device, if this one was paired again since. */
  #resumed(entry: OutboxEntry): OutboxEntry {
    if (entry.state !== 'sending' && entry.state !== 'unconfirmed') return entry;
    const isKnown = entry.by === undefined || entry.by === this.self || SAFE.includes(entry.order.kind);
    if (isKnown) return { ...entry, state: 'unconfirmed' };
    return { ...entry, state: 'failed', error: t.outbox.unknown };
  }

  /** Kept when this resolves, with what changes by it; sent as soon as that is possible. */
  async add(order: Order, ...more: Write[]): Promise<OutboxEntry> {
    const entry = this.#made(order);
    await this.device.write([put('outbox', entry), ...more]);
    this.entries = [...this.entries, entry];
    this.#wake();
    return entry;
  }

  #made(order: Order): OutboxEntry {
    const last = this.entries.at(-1)?.at ?? 0;
    return { id: newId(), at: Math.max(Date.now(), last + 1), order, state: 'waiting', error: null };
  }

  /** Only what cannot have arrived can be taken back. */
  async takeBack(id: string): Promise<void> {
    const entry = this.entries.find((entry) => entry.id === id);
    if (entry && (entry.state === 'waiting' || entry.state === 'failed')) await this.#drop(id);
  }

  async tryAgain(id: string): Promise<void> {
    const entry = this.entries.find((entry) => entry.id === id);
    if (entry?.state !== 'failed') return;
    // The server remembers the refusal under the old id. The files go with the order.
    const again = this.#made(entry.order);
    await this.device.write([put('outbox', again), remove('outbox', id)]);
    this.entries = [...this.entries.filter((other) => other.id !== id), again];
    this.#wake();
  }

  /** Those of a session, or those that are to make one. */
  prompts(project: string, session: string | null): OutboxEntry<PromptOrder>[] {
    return this.entries.filter(
      (entry): entry is OutboxEntry<PromptOrder> =>
        isPrompt(entry) && entry.order.project === project && entry.order.session === session,
    );
  }

  decisionEntry(decision: string): OutboxEntry<DecideOrder> | undefined {
    return this.entries.find((entry) => isDecide(entry) && entry.order.decision === decision) as
      OutboxEntry<DecideOrder> | undefined;
  }

  /** What was asked for in this project and is not done, but for prompts and decisions. */
  works(project: string, ...kinds: Order['kind'][]): OutboxEntry[] {
    return this.entries.filter(({ order }) => order.project === project && kinds.includes(order.kind));
  }

  async run(signal: AbortSignal): Promise<void> {
    const busy = new Set<string>();
    let again = () => {};
    while (!signal.aborted && !this.#isRefused) {
      for (const lane of new Set(this.entries.filter(isOpen).map((entry) => laneOf(entry.order)))) {
        if (busy.has(lane)) continue;
        busy.add(lane);
        this.#drain(lane, signal).then(
          () => {
            busy.delete(lane);
            // Something may have come into it meanwhile. Who waits for a pause to end is not to be woken by this.
            again();
          },
          // The device keeps nothing any more: nothing is sent that could be forgotten. The next start tries again.
          (error: unknown) => console.error(error),
        );
      }
      await Promise.race([this.#woken(signal), new Promise<void>((resolve) => (again = resolve))]);
    }
  }

  async #drain(lane: string, signal: AbortSignal): Promise<void> {
    while (!this.#isRefused) {
      const entry = this.entries.find((entry) => isOpen(entry) && laneOf(entry.order) === lane);
      if (!entry) return;
      await this.link.turn(signal);
      if (signal.aborted) return;
      await this.#send(entry, signal);
    }
  }

  async #send(entry: OutboxEntry, signal: AbortSignal): Promise<void> {
    // It may have been taken back while the link was waited for.
    if (!this.entries.some((other) => other.id === entry.id)) return;
    await this.#update(entry.id, { state: 'sending', by: this.self });
    try {
      const keep = (order: Order) => this.#update(entry.id, { order });
      const next = await send(entry.order, {
        id: entry.id,
        transport: this.transport,
        signal,
        outcomes: this.outcomes,
        file: (file) => this.device.file(file),
        keep,
      });
      if (next) await this.#follow(entry, next);
      else await this.#drop(entry.id);
      this.link.reached();
    } catch (error) {
      await this.#failed(entry, error, signal);
    }
  }

  async #failed(entry: OutboxEntry, error: unknown, signal: AbortSignal): Promise<void> {
    if (isAbort(error) || error instanceof NetworkError) {
      await this.#update(entry.id, { state: 'unconfirmed' });
      if (error instanceof NetworkError) this.link.failed('');
      return;
    }
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
      this.#isRefused = true;
      await this.#update(entry.id, { state: 'waiting', error: error.message });
      return;
    }
    if (error instanceof ApiError && error.isPassing) {
      await this.#update(entry.id, { state: 'waiting', error: error.message });
      await this.#woken(signal, (error.retryAfter ?? PAUSE / 1000) * 1000);
      return;
    }
    if (error instanceof ApiError && isDecide(entry) && ['CONFLICT', 'NOT_FOUND'].includes(error.code)) {
      await this.#drop(entry.id);
      this.late(entry, error);
      return;
    }
    await this.#update(entry.id, {
      state: 'failed',
      error: error instanceof Error ? error.message : String(error),
      field: error instanceof ApiError ? error.field : null,
    });
  }

  async #update(id: string, change: Partial<OutboxEntry>): Promise<void> {
    const entry = this.entries.find((entry) => entry.id === id);
    if (!entry) return;
    const changed = { ...entry, ...change };
    await this.device.write([put('outbox', changed)]);
    this.entries = this.entries.map((other) => (other.id === id ? changed : other));
  }

  /** In its place comes what it made due, at once and under an id that follows from its own: neither lost nor sent twice. */
  async #follow({ id, at }: OutboxEntry, order: Order): Promise<void> {
    const next: OutboxEntry = { id: `${id}-next`, at, order, state: 'waiting', error: null };
    await this.device.write([remove('outbox', id), put('outbox', next)]);
    this.entries = this.entries.map((entry) => (entry.id === id ? next : entry));
    this.#wake();
  }

  async #drop(id: string): Promise<void> {
    const order = this.entries.find((entry) => entry.id === id)?.order;
    const files = order?.kind === 'prompt' ? (order.files ?? []) : [];
    await this.device.write([remove('outbox', id), ...files.map((file) => remove('files', file.id))]);
    this.entries = this.entries.filter((entry) => entry.id !== id);
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  #woken(signal: AbortSignal, pause?: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        resolve();
      };
      const timer = pause === undefined ? undefined : setTimeout(done, pause);
      this.#wakers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** It is still to be done. */
const isOpen = (entry: OutboxEntry) => entry.state !== 'failed';

export function isPrompt(entry: OutboxEntry): entry is OutboxEntry<PromptOrder> {
  return entry.order.kind === 'prompt';
}

export function isDecide(entry: OutboxEntry): entry is OutboxEntry<DecideOrder> {
  return entry.order.kind === 'decide';
}
