import { expect, test } from 'vitest';

import { message } from '../../../test/things';
import { Tail } from './tail.svelte';

const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => message(String(from + index), 's', `${from + index}`));

class Source {
  messages = $state.raw(messages(0, 0));
}

function tailOf(from: number, to: number) {
  const source = new Source();
  source.messages = messages(from, to);
  let isFollowing = $state(true);
  const tail = new Tail(source, () => isFollowing);
  const first = () => tail.present[0]?.id;
  return { source, tail, first, leave: () => (isFollowing = false), comeBack: () => (isFollowing = true) };
}

test('a chat opens with its last messages mounted, and the others virtual', () => {
  const { tail, first } = tailOf(0, 10_000);
  expect([tail.past.length, tail.present.length, first()]).toEqual([9_992, 8, '9992']);
});

test('of long messages fewer are mounted, and always the last two', () => {
  const source = new Source();
  const long = (id: string, length: number) => message(id, 's', 'x'.repeat(length));
  source.messages = [...messages(0, 100), long('a', 1_500), long('b', 1_500), long('c', 1_500)];
  expect(new Tail(source, () => true).present.map(({ id }) => id)).toEqual(['b', 'c']);
  source.messages = [...messages(0, 100), long('a', 9_000), long('b', 9_000)];
  expect(new Tail(source, () => true).present.map(({ id }) => id)).toEqual(['a', 'b']);
});

test('what is read further back is past, and moves nothing of the end', () => {
  const { source, tail, first } = tailOf(100, 150);
  expect(first()).toBe('142');
  source.messages = [...messages(70, 100), ...source.messages];
  expect([first(), tail.past.length]).toEqual(['142', 72]);
});

test('the end grows while it is read, and its older half leaves when the reader is at its end', () => {
  const { source, tail, first, leave, comeBack } = tailOf(0, 8);
  expect(first()).toBe('0');
  leave();
  source.messages = messages(0, 150);
  expect([first(), tail.past.length]).toEqual(['0', 0]);
  source.messages = messages(0, 300);
  expect(tail.present.length, 'there is an end to that').toBeLessThanOrEqual(200);
  comeBack();
  expect([tail.past.length, tail.present.length]).toEqual([280, 20]);
});

test('the past is the same list while only the end changes', () => {
  const { source, tail } = tailOf(0, 50);
  const before = tail.past;
  source.messages = [...source.messages.slice(0, -1), message('49', 's', 'more')];
  expect(tail.past).toBe(before);
  source.messages = [message('0', 's', 'changed'), ...source.messages.slice(1)];
  expect(tail.past).not.toBe(before);
});
