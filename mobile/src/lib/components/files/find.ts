export interface Hit {
  /** From 0. */
  line: number;
  start: number;
  end: number;
}

const MOST = 2_000;

/** Where a text occurs, in any case. */
export function findIn(text: string, wanted: string): Hit[] {
  const hits: Hit[] = [];
  const needle = wanted.toLowerCase();
  if (!needle) return hits;
  const lines = text.split('\n');
  for (let line = 0; line < lines.length && hits.length < MOST; line += 1) {
    const lower = (lines[line] ?? '').toLowerCase();
    for (
      let at = lower.indexOf(needle);
      at >= 0 && hits.length < MOST;
      at = lower.indexOf(needle, at + needle.length)
    ) {
      hits.push({ line, start: at, end: at + needle.length });
    }
  }
  return hits;
}
