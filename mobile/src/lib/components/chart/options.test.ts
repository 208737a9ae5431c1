import { expect, test } from 'vitest';

import { ceiling, chosen, steps } from './options';

test('a scale counts in ones, twos and fives', () => {
  expect(
    steps(0.01)
      .slice(0, 5)
      .map((step) => step.toFixed(2)),
  ).toEqual(['0.01', '0.02', '0.05', '0.10', '0.20']);
  expect(ceiling(0, 1), 'there is a scale where nothing was used').toBe(2);
  expect(ceiling(0.004, 0.01)).toBe(0.02);
  expect(ceiling(2.5, 1)).toBe(3);
  expect(ceiling(500, 1)).toBe(500);
  expect(ceiling(801, 1)).toBe(1_000);
});

test('the last day is named, and no two names stand in each other’s place', () => {
  expect(chosen(7, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(chosen(7, 3)).toEqual([0, 3, 6]);
  expect(chosen(30, 5)).toEqual([5, 11, 17, 23, 29]);
  expect(chosen(1, 0.5)).toEqual([0]);
  expect(chosen(0, 5)).toEqual([]);
});
