import { expect, test } from 'vitest';

import { hunksOf } from './unified';

const DIFF = `Index: a.txt
===================================================================
--- a.txt
+++ a.txt
@@ -1,3 +1,3 @@
 one
-two
+zwei
 three
@@ -10 +10,2 @@
-ten
+zehn
+elf
\\ No newline at end of file
`;

test('hunks have numbered lines', () => {
  const hunks = hunksOf(DIFF);
  expect(hunks).toHaveLength(2);
  expect(hunks[0]?.lines.map((line) => [line.kind, line.oldNumber, line.newNumber, line.text])).toEqual([
    ['CONTEXT', 1, 1, 'one'],
    ['REMOVED', 2, null, 'two'],
    ['ADDED', null, 2, 'zwei'],
    ['CONTEXT', 3, 3, 'three'],
  ]);
  expect(hunks[1]?.lines.at(-1)).toMatchObject({ newNumber: 11, text: 'elf', lacksNewline: true });
});

test('what is no diff has no hunks', () => {
  expect(hunksOf('')).toEqual([]);
  expect(hunksOf('--- a\n+++ b\n+not in a hunk')).toEqual([]);
});
