import { SvelteMap } from 'svelte/reactivity';

import { ApiError, isAbort, type Transport } from '../api';
import { ServerResourcesDocument, type ResourceSampleFieldsFragment } from '../api/generated';
import type { Link } from './link.svelte';

export type Sample = ResourceSampleFieldsFragment;

/** Older samples are let go. */
const KEPT = 30 * 60_000;

/**
 * What servers use. The server keeps no samples: those that come while somebody looks are kept here, in memory, for as long
 * as the page lives.
 */
export class Loads {
  readonly #samples = new SvelteMap<string, Sample[]>();
  readonly #watched = new Map<string, { count: number; stop: AbortController }>();

  constructor(
    private readonly transport: Transport,
    private readonly link: Link,
  ) {}

  /** The oldest first. */
  of(server: string): readonly Sample[] {
    return this.#samples.get(server) ?? [];
  }

  /** Until what is returned is called. However many look, a server is asked once. */
  watch(server: string): () => void {
    const watched = this.#watched.get(server) ?? { count: 0, stop: new AbortController() };
    this.#watched.set(server, watched);
    watched.count += 1;
    if (watched.count === 1) void this.#follow(server, watched.stop.signal);
    return () => {
      watched.count -= 1;
      if (watched.count > 0) return;
      watched.stop.abort();
      this.#watched.delete(server);
    };
  }

  async #follow(server: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.link.turn(signal);
      try {
        for await (const data of this.transport.subscribe(ServerResourcesDocument, { server }, signal)) {
          this.#add(server, data.serverResources);
        }
      } catch (error) {
        // A server that tells nothing is no reason to believe that the line is broken.
        if (isAbort(error) || error instanceof ApiError) return;
      }
      if (!signal.aborted) this.link.failed('');
    }
  }

  #add(server: string, sample: Sample): void {
    const oldest = new Date(sample.at).getTime() - KEPT;
    const kept = this.of(server).filter(({ at }) => new Date(at).getTime() >= oldest);
    this.#samples.set(server, [...kept, sample]);
  }
}
