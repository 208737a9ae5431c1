import {
  ApiError,
  ask,
  isAbort,
  NetworkError,
  type Decision,
  type Message,
  type Session,
  type Transport,
} from '../api';
import { CreateSessionDocument, DecideDocument, SendPromptDocument, type DecisionAnswerInput } from '../api/generated';
import type { Device } from '../device/database';
import { newId } from '../util/ids';
import type { Link } from './link.svelte';

export interface PromptOrder {
  kind: 'prompt';
  project: string;
  /** Null: a session is to be made for it. */
  session: string | null;
  text: string;
}

export interface DecideOrder {
  kind: 'decide';
  project: string;
  decision: string;
  answer: DecisionAnswerInput;
  /** What was decided about, for people. */
  about: string;
}

export type Order = PromptOrder | DecideOrder;

export interface OutboxEntry<O extends Order = Order> {
  /** Also the `clientMutationId`: sent again, it is answered and not done again. */
  id: string;
  at: number;
  order: O;
  /** `unconfirmed`: it was sent, and no answer came. It is sent again under the same id. */
  state: 'waiting' | 'sending' | 'unconfirmed' | 'failed';
  error: string | null;
}

/** What becomes of an order. */
export interface Outcomes {
  session(session: Session): void;
  sent(message: Message): void;
  decided(decision: Decision): void;
  /** Somebody else was first. */
  late(entry: OutboxEntry<DecideOrder>, error: ApiError): void;
}

const PAUSE = 2_000;

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
  ) {}

  async open(): Promise<void> {
    const kept = await this.device.getAll('outbox');
    // It was being sent when the page ended.
    const resumed = kept.map((entry): OutboxEntry =>
      entry.state === 'sending' ? { ...entry, state: 'unconfirmed' } : entry,
    );
    this.entries = resumed.toSorted((a, b) => a.at - b.at);
  }

  /** Kept when this resolves; sent as soon as that is possible. */
  async add(order: Order): Promise<OutboxEntry> {
    const last = this.entries.at(-1)?.at ?? 0;
    const entry: OutboxEntry = {
      id: newId(),
      at: Math.max(Date.now(), last + 1),
      order,
      state: 'waiting',
      error: null,
    };
    await this.device.put('outbox', entry);
    this.entries = [...this.entries, entry];
    this.#wake();
    return entry;
  }

  /** Only what cannot have arrived can be taken back. */
  async takeBack(id: string): Promise<void> {
    const entry = this.entries.find((entry) => entry.id === id);
    if (entry && (entry.state === 'waiting' || entry.state === 'failed')) await this.#drop(id);
  }

  async tryAgain(id: string): Promise<void> {
    const entry = this.entries.find((entry) => entry.id === id);
    if (entry?.state !== 'failed') return;
    // The server remembers the refusal under the old id.
    await this.#drop(id);
    await this.add(entry.order);
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

  /** Each kind in its own order: a prompt that waits holds up no decision. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#drain(isPrompt, signal), this.#drain(isDecide, signal)]);
  }

  async #drain(mine: (entry: OutboxEntry) => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#isRefused) {
      const entry = this.entries.find((entry) => mine(entry) && entry.state !== 'failed');
      if (!entry) {
        await this.#woken(signal);
        continue;
      }
      await this.link.turn(signal);
      if (signal.aborted) return;
      await this.#send(entry, signal);
    }
  }

  async #send(entry: OutboxEntry, signal: AbortSignal): Promise<void> {
    // It may have been taken back while the link was waited for.
    if (!this.entries.some((other) => other.id === entry.id)) return;
    await this.#update(entry.id, { state: 'sending' });
    try {
      if (isPrompt(entry)) await this.#prompt(entry, signal);
      else if (isDecide(entry)) await this.#decide(entry, signal);
      await this.#drop(entry.id);
      this.link.reached();
    } catch (error) {
      await this.#failed(entry, error, signal);
    }
  }

  async #prompt(entry: OutboxEntry<PromptOrder>, signal: AbortSignal): Promise<void> {
    let { session } = entry.order;
    if (session === null) {
      const input = { project: entry.order.project, clientMutationId: `${entry.id}-session` };
      const made = await ask(this.transport, CreateSessionDocument, { input }, signal);
      session = made.createSession.session.id;
      await this.#update(entry.id, { order: { ...entry.order, session } });
      this.outcomes.session(made.createSession.session);
    }
    const input = { session, parts: [{ text: entry.order.text }], clientMutationId: entry.id };
    const { sendPrompt } = await ask(this.transport, SendPromptDocument, { input }, signal);
    this.outcomes.sent(sendPrompt.message);
  }

  async #decide(entry: OutboxEntry<DecideOrder>, signal: AbortSignal): Promise<void> {
    const input = { id: entry.order.decision, answer: entry.order.answer, clientMutationId: entry.id };
    const { decide } = await ask(this.transport, DecideDocument, { input }, signal);
    this.outcomes.decided(decide.decision);
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
      this.outcomes.late(entry, error);
      return;
    }
    await this.#update(entry.id, { state: 'failed', error: error instanceof Error ? error.message : String(error) });
  }

  async #update(id: string, change: Partial<OutboxEntry>): Promise<void> {
    const entry = this.entries.find((entry) => entry.id === id);
    if (!entry) return;
    const changed = { ...entry, ...change };
    await this.device.put('outbox', changed);
    this.entries = this.entries.map((other) => (other.id === id ? changed : other));
  }

  async #drop(id: string): Promise<void> {
    await this.device.delete('outbox', id);
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

export function isPrompt(entry: OutboxEntry): entry is OutboxEntry<PromptOrder> {
  return entry.order.kind === 'prompt';
}

export function isDecide(entry: OutboxEntry): entry is OutboxEntry<DecideOrder> {
  return entry.order.kind === 'decide';
}
