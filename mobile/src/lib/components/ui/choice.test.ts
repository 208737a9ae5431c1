import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';

import { beginning, grouped, matching, moved } from './choice';
import Choice from './Choice.svelte';

const option = (word: string, group?: string) => ({ value: word.toLowerCase(), word, group });
/** Nothing pops up here. */
const inPopup = { hidden: true };
const FEW = [option('Build'), option('Plan'), option('Pair')];
const MANY = Array.from({ length: 12 }, (_, index) => option(`Model ${index}`, index < 6 ? 'One' : 'Two'));

test('words are looked for in the name and the group, in any order', () => {
  expect(matching(MANY, 'two 11').map(({ word }) => word)).toEqual(['Model 11']);
  expect(matching(MANY, '')).toHaveLength(12);
  expect(matching(MANY, 'three')).toEqual([]);
  expect(grouped(MANY).map(({ name, options }) => [name, options.length, options[0]?.index])).toEqual([
    ['One', 6, 0],
    ['Two', 6, 6],
  ]);
});

test('keys go through the list and stay in it', () => {
  expect(moved('ArrowDown', 2, 3)).toBe(2);
  expect(moved('ArrowUp', 0, 3)).toBe(0);
  expect(moved('End', 0, 3)).toBe(2);
  expect(moved('a', 0, 3)).toBeNull();
  expect(beginning(FEW, 'p', 0)).toBe(1);
  expect(beginning(FEW, 'p', 1)).toBe(2);
  expect(beginning(FEW, 'P', 2)).toBe(1);
  expect(beginning(FEW, 'x', 0)).toBeNull();
});

function open(options: typeof FEW, value: string) {
  const onchoose = vi.fn();
  render(Choice, { props: { label: 'Agent', options, value, isChosen: false, onchoose } });
  const button = screen.getByRole('combobox', { name: /^Agent/ });
  return { button, onchoose };
}
const active = (element: Element) =>
  document.getElementById(element.getAttribute('aria-activedescendant') ?? '')?.textContent.trim();

test('a few are chosen by the arrows or by a letter, and the button says which it is', async () => {
  const { button, onchoose } = open(FEW, 'plan');
  expect(button.textContent.trim()).toBe('Plan');
  expect(button.getAttribute('aria-expanded')).toBe('false');
  await fireEvent.click(button);
  expect(button.getAttribute('aria-expanded')).toBe('true');
  expect(screen.queryByRole('combobox', { name: 'Search', ...inPopup })).toBeNull();
  expect(screen.getByRole('option', { name: 'Plan', ...inPopup }).getAttribute('aria-selected')).toBe('true');
  expect(active(button)).toBe('Plan');
  await fireEvent.keyDown(button, { key: 'ArrowUp' });
  expect(active(button)).toBe('Build');
  await fireEvent.keyDown(button, { key: 'p' });
  await fireEvent.keyDown(button, { key: 'p' });
  expect(active(button)).toBe('Pair');
  await fireEvent.keyDown(button, { key: 'Enter' });
  expect(onchoose.mock.calls).toEqual([['pair']]);
  expect(button.getAttribute('aria-expanded')).toBe('false');
});

test('escape changes nothing, and a click beside the arrows chooses', async () => {
  const { button, onchoose } = open(FEW, 'plan');
  await fireEvent.keyDown(button, { key: 'ArrowDown' });
  expect(button.getAttribute('aria-expanded')).toBe('true');
  await fireEvent.keyDown(button, { key: 'ArrowDown' });
  await fireEvent.keyDown(button, { key: 'Escape' });
  expect(button.getAttribute('aria-expanded')).toBe('false');
  expect(onchoose).not.toHaveBeenCalled();
  await fireEvent.click(button);
  await fireEvent.click(screen.getByRole('option', { name: 'Build', ...inPopup }));
  expect(onchoose.mock.calls).toEqual([['build']]);
});

test('many are searched', async () => {
  const { button, onchoose } = open(MANY, 'model 3');
  await fireEvent.click(button);
  const search = screen.getByRole('combobox', { name: 'Search', ...inPopup });
  expect(document.activeElement).toBe(search);
  expect(screen.getAllByRole('option', inPopup)).toHaveLength(12);
  await fireEvent.input(search, { target: { value: 'two 1' } });
  expect(screen.getAllByRole('option', inPopup).map((option) => option.textContent.trim())).toEqual([
    'Model 10',
    'Model 11',
  ]);
  expect(active(search)).toBe('Model 10');
  await fireEvent.keyDown(search, { key: 'ArrowDown' });
  await fireEvent.keyDown(search, { key: 'Enter' });
  expect(onchoose.mock.calls).toEqual([['model 11']]);
  await fireEvent.click(button);
  await fireEvent.input(screen.getByRole('combobox', { name: 'Search', ...inPopup }), {
    target: { value: 'nothing like it' },
  });
  expect(screen.queryAllByRole('option', inPopup)).toEqual([]);
  expect(screen.getByText('Nothing found.')).toBeTruthy();
});
