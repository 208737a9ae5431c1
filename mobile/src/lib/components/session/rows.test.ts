import { expect, test } from 'vitest';

import type { Part, ToolPart } from '../../api';
import { counts, rowsOf, summary } from './rows';

function tool(id: string, tool: string, more: Partial<ToolPart> = {}): ToolPart {
  return {
    __typename: 'ToolPart',
    id,
    tool,
    state: 'COMPLETED',
    title: null,
    input: {},
    output: '',
    isOutputCut: false,
    error: null,
    childSession: null,
    startedAt: null,
    endedAt: null,
    ...more,
  };
}

function text(id: string, text: string): Part {
  return { __typename: 'TextPart', id, text, isSynthetic: false, isComplete: true };
}

test('neighbours that look around fold, and what failed never does', () => {
  const rows = rowsOf([
    tool('1', 'read'),
    tool('2', 'grep'),
    tool('3', 'read', { state: 'FAILED' }),
    tool('4', 'read'),
    text('5', 'Hi'),
    tool('6', 'bash'),
  ]);
  expect(rows.map((row) => [row.id, row.kind])).toEqual([
    ['1', 'fold'],
    ['3', 'part'],
    ['4', 'part'],
    ['5', 'part'],
    ['6', 'part'],
  ]);
  expect(rows[0]?.kind === 'fold' && counts(rows[0].parts)).toEqual({ reads: 1, searches: 1 });
});

test('steps and empty texts are no rows', () => {
  expect(
    rowsOf([{ __typename: 'StepPart', id: '1', kind: 'START', reason: null }, text('2', ' \n'), text('3', 'a')]),
  ).toHaveLength(1);
});

test('a tool says what it did', () => {
  expect(summary(tool('1', 'bash', { input: { command: 'ls', description: 'Lists' } }))).toBe('ls');
  expect(summary(tool('1', 'write', { input: { filePath: 'a.txt', content: 'x' } }))).toBe('a.txt');
  expect(summary(tool('1', 'custom', { input: null, title: 'Did it' }))).toBe('Did it');
  expect(summary(tool('1', 'custom', { input: 7 }))).toBe('custom');
  expect(summary(tool('1', 'read', { input: { filePath: '/srv/pcc/workspace/src/lib.rs' } }))).toBe(
    '…/workspace/src/lib.rs',
  );
});
