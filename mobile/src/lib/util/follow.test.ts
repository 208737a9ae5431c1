import { goto } from '$app/navigation';
import { beforeEach, expect, test, vi } from 'vitest';

import { follow } from './follow';

vi.mock('$app/navigation', () => ({ goto: vi.fn(() => Promise.resolve()) }));
const went = () => vi.mocked(goto).mock.calls.map(([href]) => new URL(href).pathname);
const never = new Promise(() => {});

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(goto).mockClear();
  return () => vi.useRealTimers();
});

function click(path: string, isThere?: Promise<unknown>, how: MouseEventInit = {}): MouseEvent {
  const link = document.createElement('a');
  link.href = path;
  link.addEventListener('click', (event) => follow(event as never, isThere));
  const event = new MouseEvent('click', { cancelable: true, ...how });
  link.dispatchEvent(event);
  return event;
}

test('it goes when what it leads to is there, and not much later if that is not', async () => {
  click('/one', Promise.resolve());
  await vi.advanceTimersByTimeAsync(0);
  expect(went()).toEqual(['/one']);
  click('/two', never);
  await vi.advanceTimersByTimeAsync(49);
  expect(went()).toEqual(['/one']);
  await vi.advanceTimersByTimeAsync(1);
  expect(went()).toEqual(['/one', '/two']);
  click('/three', Promise.reject(new Error('the device cannot be read')));
  await vi.advanceTimersByTimeAsync(100);
  expect(went()).toEqual(['/one', '/two', '/three']);
});

test('the last of two wins, whichever is there first', async () => {
  click('/slow', never);
  click('/fast', Promise.resolve());
  await vi.advanceTimersByTimeAsync(100);
  expect(went()).toEqual(['/fast']);
});

test('a click that asks for another window is left to the browser', async () => {
  const events = [{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { button: 1 }].map((how) =>
    click('/one', Promise.resolve(), how),
  );
  await vi.advanceTimersByTimeAsync(100);
  expect(events.some((event) => event.defaultPrevented)).toBe(false);
  expect(went()).toEqual([]);
});
