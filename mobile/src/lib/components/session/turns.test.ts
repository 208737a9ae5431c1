import { expect, test } from 'vitest';

import { message } from '../../../test/things';
import type { Message } from '../../api';
import { changingTurns, sumOf } from './turns';

const changed = (path: string, additions: number | null = 1): Message['changes'][number] => ({
  path,
  kind: 'MODIFIED',
  additions,
  deletions: 2,
});
const prompt = (id: string, more: Partial<Message> = {}) => message(id, 's', id, { role: 'USER', ...more });
const answer = (id: string) => message(id, 's', id);
const ends = (...messages: Message[]) => [...changingTurns(messages)].map(([end, { id }]) => [end, id]);

test('what a turn changed is said after its last answer', () => {
  const one = prompt('one', { changes: [changed('a')] });
  const two = prompt('two');
  const three = prompt('three', { changes: [changed('b')] });
  expect(ends(one, answer('1'), answer('2'), two, answer('3'), three, answer('4'))).toEqual([
    ['2', 'one'],
    ['4', 'three'],
  ]);
});

test('a prompt that waits does not end the turn before it, and a turn without an answer ends with its prompt', () => {
  const one = prompt('one', { changes: [changed('a')] });
  expect(ends(one, answer('1'), prompt('two', { delivery: 'QUEUED' }), answer('2'))).toEqual([['2', 'one']]);
  expect(ends(one, prompt('two', { delivery: 'CONSUMED' }))).toEqual([['one', 'one']]);
  expect(ends(answer('1'))).toEqual([]);
});

test('lines that were not counted are none', () => {
  expect(sumOf([changed('a'), changed('b', null)])).toEqual({ additions: 1, deletions: 4 });
});
