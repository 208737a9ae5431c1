import type { Transport } from '../api';
import { CostsTodayDocument } from '../api/generated';
import type { Link } from './link.svelte';

/** Projects in one answer. */
const PAGE = 50;
/** What changes together is asked for together. */
const AFTER = 1_000;

/** What each project's agent has cost on this device's day. No event tells when a day ends, so it is asked for. */
export class Costs {
  #today = $state.raw(new Map<string, number>());
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly link: Link,
  ) {}

  /** US dollars; nothing where nothing was spent, or it is not known. */
  ofToday(project: string): number {
    return this.#today.get(project) ?? 0;
  }

  /** Of all projects together. */
  get today(): number {
    return [...this.#today.values()].reduce((sum, cost) => sum + cost, 0);
  }

  /** A turn has ended, or the page is looked at again. */
  readSoon(signal: AbortSignal): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(signal), AFTER);
  }

  async #read(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.link.state !== 'online') return;
    const costs = new Map<string, number>();
    const utcOffset = -new Date().getTimezoneOffset();
    try {
      for (let after: string | null = null, more = true; more;) {
        const variables: { first: number; after: string | null; utcOffset: number } = { first: PAGE, after, utcOffset };
        const { data } = await this.transport.request(CostsTodayDocument, variables, signal);
        for (const { id, usageToday } of data.projects.nodes) costs.set(id, usageToday.costUsd ?? 0);
        ({ hasNextPage: more, endCursor: after } = data.projects.pageInfo);
      }
      this.#today = costs;
    } catch {
      // What was known last stays; the next turn asks again.
    }
  }
}
