import { SvelteMap } from 'svelte/reactivity';

import { compare } from '../util/compare';

/** Things by their id, as the server last told them. They are replaced, never changed. */
export class Collection<T extends { id: string }> {
  readonly #items = new SvelteMap<string, T>();
  #changed = new Set<string>();

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  get all(): T[] {
    return [...this.#items.values()];
  }

  get size(): number {
    return this.#items.size;
  }

  put(...items: T[]): void {
    for (const item of items) {
      this.#items.set(item.id, item);
      this.#changed.add(item.id);
    }
  }

  remove(id: string): void {
    this.#items.delete(id);
    this.#changed.add(id);
  }

  /** The ids of what changes from now on, until it is asked again. */
  watch(): ReadonlySet<string> {
    this.#changed = new Set();
    return this.#changed;
  }

  /** All of them. Of those that are newer, nothing is taken from these. */
  replace(items: T[], newer: ReadonlySet<string> = new Set()): void {
    const kept = new Set(items.map((item) => item.id));
    for (const id of [...this.#items.keys()]) {
      if (!kept.has(id) && !newer.has(id)) this.#items.delete(id);
    }
    for (const item of items) {
      if (!newer.has(item.id)) this.#items.set(item.id, item);
    }
  }
}

export function newestFirst<T>(items: T[], when: (item: T) => string): T[] {
  const times = new Map(items.map((item) => [item, when(item)]));
  return items.toSorted((a, b) => compare(times.get(b) ?? '', times.get(a) ?? ''));
}
