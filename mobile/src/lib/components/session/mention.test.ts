import { expect, test } from 'vitest';

import { commandAt, commandOf, mentionAt, withCommand, withPath } from './mention';

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

test.each([
  ['/', 1, ''],
  ['/re', 3, 're'],
  ['/review now', 3, 're'],
  ['/review now', 11, null],
  ['see /re', 7, null],
  ['/etc/passwd', 11, null],
])('of %j at %d a command is being written: %j', (text, caret, expected) => {
  expect(commandAt(text, caret)).toBe(expected);
});

test('a command takes the place of what was typed of its name', () => {
  expect(withCommand('/re HEAD', 3, 'review')).toEqual({ text: '/review HEAD', caret: 8 });
});

test('only what is a command is one', () => {
  expect(commandOf('/review HEAD~1\nall', ['review'])).toEqual({ name: 'review', arguments: 'HEAD~1\nall' });
  expect(commandOf('/review', ['review'])).toEqual({ name: 'review', arguments: '' });
  expect(commandOf('/etc/passwd is odd', ['review'])).toBeUndefined();
  expect(commandOf('see /review', ['review'])).toBeUndefined();
});
