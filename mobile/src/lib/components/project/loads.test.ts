import { expect, test } from 'vitest';

import { line } from './loads';

const sample = (seconds: number, used: number | null) => {
  const use = used === null ? null : { used, total: 4, unit: 'CORES' as const };
  return { at: new Date(1_000_000_000_000 + seconds * 1000).toISOString(), cpu: use, memory: null, disk: null };
};

test('samples are a line in percent', () => {
  const { x, y } = line([sample(0, 1), sample(3, 2)], 'cpu');
  expect(x.map((at) => at - 1_000_000_000)).toEqual([0, 3]);
  expect(y).toEqual([25, 50]);
});

test('what was not heard is no line', () => {
  expect(line([sample(0, 1), sample(60, 1)], 'cpu').y).toEqual([25, null, 25]);
  expect(line([sample(0, null), sample(3, 4)], 'cpu').y).toEqual([null, 100]);
  expect(line([sample(0, 1)], 'disk').y).toEqual([null]);
});
