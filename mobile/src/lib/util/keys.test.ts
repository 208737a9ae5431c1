import { expect, test } from 'vitest';

import { commandKey, plainKey } from './keys';

function pressed<T>(read: (event: KeyboardEvent) => T, init: KeyboardEventInit, on = document.body as HTMLElement): T {
  let result: T | undefined;
  document.body.append(on === document.body ? '' : on);
  const listen = (event: KeyboardEvent) => (result = read(event));
  window.addEventListener('keydown', listen);
  on.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
  window.removeEventListener('keydown', listen);
  if (on !== document.body) on.remove();
  return result as T;
}

test('a key by itself is a shortcut', () => {
  expect(pressed(plainKey, { key: 'j' })).toBe('j');
});

test.each([
  ['held down', { key: 'a', repeat: true }],
  ['with Ctrl', { key: 'a', ctrlKey: true }],
  ['while a word is put together', { key: 'a', isComposing: true }],
])('a key %s is none', (_, init) => {
  expect(pressed(plainKey, init)).toBeNull();
});

test.each(['input', 'textarea', 'select', 'dialog'])('a key in a %s is none', (tag) => {
  expect(pressed(plainKey, { key: 'a' }, document.createElement(tag))).toBeNull();
});

test('a command is Ctrl or ⌘, not both', () => {
  expect(pressed(commandKey, { key: 'K', ctrlKey: true })).toBe('k');
  expect(pressed(commandKey, { key: 'k', metaKey: true })).toBe('k');
  expect(pressed(commandKey, { key: 'k', metaKey: true, ctrlKey: true })).toBeNull();
  expect(pressed(commandKey, { key: 'k' })).toBeNull();
});
