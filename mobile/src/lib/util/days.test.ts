import { expect, test } from 'vitest';

import { dateOf, lastDays, longDay, shortDay } from './days';

test('the last days are those of the calendar, over the ends of months and of summer time', () => {
  expect(lastDays(3, dateOf(new Date(2026, 2, 1, 0, 5)))).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
  const days = lastDays(366, dateOf(new Date(2026, 10, 29, 23, 59)));
  expect(new Set(days).size).toBe(366);
  expect([days[0], days.at(-1)]).toEqual(['2025-11-29', '2026-11-29']);
});

test('a date is said as it is written, wherever the reader is', () => {
  expect(shortDay('2026-11-29')).toBe('Nov 29');
  expect(longDay('2026-11-29')).toBe('Sun, Nov 29');
});
