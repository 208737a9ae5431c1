import { expect, test } from 'vitest';

import { findIn } from './find';

test('finds every place, in any case', () => {
  expect(findIn('Clock clock\n\nO’clock', 'CLOCK')).toEqual([
    { line: 0, start: 0, end: 5 },
    { line: 0, start: 6, end: 11 },
    { line: 2, start: 2, end: 7 },
  ]);
});

test('nothing is nowhere, and there is an end', () => {
  expect(findIn('a', '')).toEqual([]);
  expect(findIn('a'.repeat(5_000), 'a')).toHaveLength(2_000);
});
