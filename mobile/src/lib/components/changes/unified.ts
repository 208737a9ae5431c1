import type { DiffHunk, DiffLine } from '../../api';

/** A unified diff as an agent gives it, in the shape of the graph's diffs. What is no hunk is left out. */
export function hunksOf(diff: string): DiffHunk[] {
  const hunks: DiffHunk[] = [];
  let hunk: DiffHunk | null = null;
  let [old, current] = [0, 0];
  for (const text of diff.split('\n')) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (head) {
      [old, current] = [Number(head[1]), Number(head[3])];
      hunk = {
        oldStart: old,
        oldLines: Number(head[2] ?? 1),
        newStart: current,
        newLines: Number(head[4] ?? 1),
        foldedBefore: 0,
        lines: [],
      };
      hunks.push(hunk);
      continue;
    }
    if (!hunk) continue;
    const line = lineOf(text, old, current);
    if (text.startsWith('\\')) {
      const last = hunk.lines.at(-1);
      if (last) last.lacksNewline = true;
    } else if (line) {
      hunk.lines.push(line);
      if (line.kind !== 'ADDED') old += 1;
      if (line.kind !== 'REMOVED') current += 1;
    }
  }
  return hunks;
}

function lineOf(text: string, old: number, current: number): DiffLine | null {
  const rest = { text: text.slice(1), marks: [], isCut: false, lacksNewline: false };
  switch (text[0]) {
    case '+':
      return { kind: 'ADDED', oldNumber: null, newNumber: current, ...rest };
    case '-':
      return { kind: 'REMOVED', oldNumber: old, newNumber: null, ...rest };
    case ' ':
      return { kind: 'CONTEXT', oldNumber: old, newNumber: current, ...rest };
    default:
      return null;
  }
}
