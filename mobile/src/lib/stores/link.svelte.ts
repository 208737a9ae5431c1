import type { Transport } from '../api';

export type LinkState = 'starting' | 'online' | 'reconnecting' | 'offline' | 'asleep';

export interface LogEntry {
  at: number;
  what: 'opened' | 'closed' | 'slept' | 'woke' | 'network' | 'read' | 'resumed' | 'resync' | 'refused';
  detail: string;
}

const LOG_LIMIT = 200;
const LONGEST_PAUSE = 20_000;
/** A timer that comes this late: the page was frozen, and its socket is not to be trusted. */
const TICK = 5_000;
const FROZEN_AFTER = 20_000;

/** Whether the server can be reached, when the next try is, and what happened: for the banner and the connection log. */
export class Link {
  state: LinkState = $state('starting');
  since: number = $state(Date.now());
  log: LogEntry[] = $state.raw([]);
  #attempt = 0;
  #notBefore = 0;
  #wakers = new Set<() => void>();
  #isHidden = false;

  constructor(private readonly transport: Transport) {
    transport.onSocket((state, detail) => {
      this.note(state === 'open' ? 'opened' : 'closed', detail);
      if (state === 'open') this.reached();
      else if (this.state === 'online') this.#enter(this.#isHidden ? 'asleep' : 'reconnecting');
    });
  }

  /** Follows the page and the network until `signal` ends. */
  watch(signal: AbortSignal): void {
    this.#isHidden = document.hidden;
    document.addEventListener('visibilitychange', () => this.#seen(!document.hidden), { signal });
    document.addEventListener('freeze', () => this.#seen(false), { signal });
    document.addEventListener('resume', () => this.#seen(!document.hidden), { signal });
    addEventListener('online', () => this.#network(true), { signal });
    addEventListener('offline', () => this.#network(false), { signal });
    if (!navigator.onLine) this.#network(false);
    let last = Date.now();
    const timer = setInterval(() => {
      const pause = Date.now() - last;
      last = Date.now();
      if (pause > FROZEN_AFTER) this.#thawed(pause);
    }, TICK);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** Waits until it makes sense to try: the page is seen, there is a network, and the pause after a failure is over. */
  async turn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = this.#notBefore - Date.now();
      if (!this.#isHidden && navigator.onLine && pause <= 0) return;
      await this.#woken(signal, this.#isHidden || !navigator.onLine ? null : pause);
    }
  }

  reached(): void {
    this.#attempt = 0;
    this.#notBefore = 0;
    this.#enter('online');
  }

  /** The next try is later each time, and not at the same moment for everybody. */
  failed(detail: string): void {
    // Everything that is watched breaks with the socket: that is one failure.
    if (this.#isHidden || Date.now() < this.#notBefore) return;
    this.#attempt += 1;
    const pause = Math.min(LONGEST_PAUSE, 250 * 2 ** this.#attempt) * (0.5 + Math.random() / 2);
    this.#notBefore = Math.max(this.#notBefore, Date.now() + pause);
    if (detail) this.note('closed', detail);
    this.#enter(this.#attempt > 3 || !navigator.onLine ? 'offline' : 'reconnecting');
  }

  tryNow(): void {
    this.#attempt = 0;
    this.#notBefore = 0;
    this.#wake();
  }

  note(what: LogEntry['what'], detail = ''): void {
    this.log = [{ at: Date.now(), what, detail }, ...this.log].slice(0, LOG_LIMIT);
  }

  #seen(isSeen: boolean): void {
    if (isSeen === !this.#isHidden) return;
    this.#isHidden = !isSeen;
    this.note(isSeen ? 'woke' : 'slept');
    if (isSeen) {
      this.#enter(navigator.onLine ? 'reconnecting' : 'offline');
      this.tryNow();
    } else {
      this.#enter('asleep');
      this.transport.drop();
    }
  }

  #network(isThere: boolean): void {
    this.note('network', isThere ? 'online' : 'offline');
    if (isThere) {
      this.tryNow();
    } else {
      this.#enter('offline');
      this.transport.drop();
    }
  }

  #thawed(pause: number): void {
    this.note('woke', `${Math.round(pause / 1000)} s`);
    this.transport.drop();
    this.tryNow();
  }

  #enter(state: LinkState): void {
    if (state === this.state) return;
    // How long it has been away counts from the first break.
    if (!(this.state === 'reconnecting' && state === 'offline')) this.since = Date.now();
    this.state = state;
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  #woken(signal: AbortSignal, pause: number | null): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = pause === null ? undefined : setTimeout(done, pause);
      this.#wakers.add(done);
      signal.addEventListener('abort', done);
    });
  }
}
