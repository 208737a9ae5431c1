// Samples of a server as a line.
import type { Sample } from '../../stores/loads.svelte';

export type Resource = 'cpu' | 'memory' | 'disk';

/** A sample comes every three seconds: after this long, some are missing. */
const GAP = 10;

/** In percent by seconds; interrupted where nothing was heard. */
export function line(samples: readonly Sample[], resource: Resource): { x: number[]; y: (number | null)[] } {
  const x: number[] = [];
  const y: (number | null)[] = [];
  for (const sample of samples) {
    const at = new Date(sample.at).getTime() / 1000;
    const before = x.at(-1);
    if (before !== undefined && at - before > GAP) {
      x.push(before + (at - before) / 2);
      y.push(null);
    }
    const use = sample[resource];
    x.push(at);
    y.push(use && use.total > 0 ? (100 * use.used) / use.total : null);
  }
  return { x, y };
}
