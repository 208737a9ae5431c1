import { SvelteMap } from 'svelte/reactivity';

import { compare } from '../util/compare';

/** Things by their id, as the server last told them. They are replaced, never changed. */
export class Collection<T extends { id: string }> {
  readonly #items = new SvelteMap<string, T>();

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
    for (const item of items) this.#items.set(item.id, item);
  }

  remove(id: string): void {
    this.#items.delete(id);
  }

  replace(items: T[]): void {
    const kept = new Set(items.map((item) => item.id));
    for (const id of [...this.#items.keys()]) {
      if (!kept.has(id)) this.#items.delete(id);
    }
    this.put(...items);
  }
}

export function newestFirst<T>(items: T[], when: (item: T) => string): T[] {
  const times = new Map(items.map((item) => [item, when(item)]));
  return items.toSorted((a, b) => compare(times.get(b) ?? '', times.get(a) ?? ''));
}
