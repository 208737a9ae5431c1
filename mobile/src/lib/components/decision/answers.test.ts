import { expect, test } from 'vitest';

import { Answers, type Prompt } from './answers.svelte';

const prompt = (more: Partial<Prompt> = {}): Prompt => ({
  question: 'Which?',
  header: 'Which',
  isMultiple: false,
  isCustom: true,
  options: [
    { label: 'A', description: '' },
    { label: 'B', description: '' },
  ],
  ...more,
});

test('one of several: the last choice counts', () => {
  const answers = new Answers([prompt()]);
  expect(answers.isAnswered).toBe(false);
  answers.choose('A');
  answers.choose('B');
  expect(answers.all).toEqual([['B']]);
  answers.chooseOwn();
  expect(answers.isAnswered).toBe(false);
  answers.own = ' mine ';
  expect(answers.all).toEqual([['mine']]);
  answers.choose('A');
  expect(answers.all).toEqual([['A']]);
});

test('several: in the order of the options, with words of one’s own last', () => {
  const answers = new Answers([prompt(), prompt({ isMultiple: true })]);
  answers.choose('B');
  answers.index = 1;
  expect(answers.isLast).toBe(true);
  answers.choose('B');
  answers.chooseOwn();
  answers.own = 'C';
  answers.choose('A');
  expect(answers.all).toEqual([['B'], ['A', 'B', 'C']]);
  answers.choose('B');
  answers.chooseOwn();
  expect(answers.all).toEqual([['B'], ['A']]);
});
