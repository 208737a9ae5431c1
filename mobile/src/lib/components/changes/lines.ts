import type { DiffHunk, DiffLine } from '../../api';
import type { Line, Piece } from '../text/highlight';

export interface Span extends Piece {
  isMarked: boolean;
}

/** The indentation that all lines share is no news on a small screen. */
export function commonIndent(hunks: DiffHunk[]): number {
  let common = Infinity;
  for (const line of hunks.flatMap((hunk) => hunk.lines)) {
    if (!line.text.trim()) continue;
    const indent = /^[ \t]*/.exec(line.text)?.[0].length ?? 0;
    common = Math.min(common, indent);
  }
  return Number.isFinite(common) ? common : 0;
}

/** The line without `skipped` characters at its start, in pieces that are marked or not. */
export function spansOf(line: DiffLine, colours: Line | undefined, skipped: number): Span[] {
  const pieces: Piece[] = colours ?? [{ text: line.text, kind: 'plain' }];
  const edges = line.marks.flatMap((mark) => [mark.start, mark.end]);
  const spans: Span[] = [];
  let at = 0;
  for (const piece of pieces) {
    const end = at + piece.text.length;
    const cuts = [at, ...edges.filter((edge) => edge > at && edge < end), end].toSorted((a, b) => a - b);
    for (let index = 0; index + 1 < cuts.length; index += 1) {
      const [from, to] = [Math.max(cuts[index] ?? 0, skipped), cuts[index + 1] ?? 0];
      if (to <= from) continue;
      const isMarked = line.marks.some((mark) => mark.start <= from && to <= mark.end);
      // Inside a mark the ground says enough.
      spans.push({ text: piece.text.slice(from - at, to - at), kind: isMarked ? 'plain' : piece.kind, isMarked });
    }
    at = end;
  }
  return spans;
}
