import { expect, test } from 'vitest';

import { mentionAt, withPath } from './mention';

test.each([
  ['@', 1, { start: 0, query: '' }],
  ['look at @src/li', 15, { start: 8, query: 'src/li' }],
  ['one\n@a', 6, { start: 4, query: 'a' }],
  ['@a b', 4, null],
  ['me@example.org', 14, null],
  ['@later', 0, null],
])('%j at %d', (text, caret, expected) => {
  expect(mentionAt(text, caret)).toEqual(expected);
});

test('a path takes the place of what was typed', () => {
  const mention = mentionAt('see @li and', 7);
  expect(mention && withPath('see @li and', 7, mention, 'src/lib.rs')).toEqual({
    text: 'see @src/lib.rs and',
    caret: 16,
  });
});
