import { expect, test } from 'vitest';

import type { DiffHunk, DiffLine } from '../../api';
import { commonIndent, spansOf } from './lines';

const line = (text: string, marks: { start: number; end: number }[] = []): DiffLine => ({
  kind: 'ADDED',
  oldNumber: null,
  newNumber: 1,
  text,
  marks,
  isCut: false,
  lacksNewline: false,
});
const hunk = (...lines: DiffLine[]): DiffHunk => ({
  oldStart: 1,
  oldLines: 1,
  newStart: 1,
  newLines: 1,
  foldedBefore: 0,
  lines,
});

test('shared indentation goes, and empty lines have no say', () => {
  expect(commonIndent([hunk(line('    a'), line(''), line('      b'))])).toBe(4);
  expect(commonIndent([hunk(line('\t\ta'), line('b'))])).toBe(0);
  expect(commonIndent([hunk(line('  '))])).toBe(0);
});

test('marks cut through colours', () => {
  const spans = spansOf(
    line('let now = self;', [{ start: 10, end: 14 }]),
    [
      { text: 'let', kind: 'keyword' },
      { text: ' now = self;', kind: 'plain' },
    ],
    0,
  );
  expect(spans.map((span) => [span.text, span.kind, span.isMarked])).toEqual([
    ['let', 'keyword', false],
    [' now = ', 'plain', false],
    ['self', 'plain', true],
    [';', 'plain', false],
  ]);
});

test('what is skipped is skipped in marks too', () => {
  expect(
    spansOf(line('    ab', [{ start: 2, end: 5 }]), undefined, 4).map((span) => [span.text, span.isMarked]),
  ).toEqual([
    ['a', true],
    ['b', false],
  ]);
});
