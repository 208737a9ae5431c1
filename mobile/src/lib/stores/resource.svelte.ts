import { isAbort } from '../api';

/** What a screen reads and does not keep: the last answer stays until the next one is there. */
export class Resource<T> {
  data: T | null = $state.raw(null);
  problem: string | null = $state(null);
  isLoading = $state(false);
  /** There was an answer: `null` is one. */
  isRead = $state(false);
  #stop: AbortController | null = null;

  constructor(private readonly read: (signal: AbortSignal) => Promise<T>) {}

  /** The newest order wins. */
  async load(): Promise<void> {
    this.stop();
    const stop = new AbortController();
    this.#stop = stop;
    this.isLoading = true;
    try {
      const data = await this.read(stop.signal);
      if (stop.signal.aborted) return;
      this.data = data;
      this.isRead = true;
      this.problem = null;
    } catch (error) {
      if (isAbort(error) || stop.signal.aborted) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isLoading = false;
  }

  stop(): void {
    this.#stop?.abort();
  }
}
