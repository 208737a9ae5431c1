import { expect, test } from 'vitest';

import type { Part } from '../../api';
import { ownWords } from './own';

const text = (words: string, isSynthetic = false): Part => ({
  __typename: 'TextPart',
  id: words,
  text: words,
  isSynthetic,
  isComplete: true,
});

test('what a program put in is not what the reader wrote', () => {
  expect(ownWords([text('One'), text('The file says', true), text('Two')])).toBe('One\n\nTwo');
});

test('a command is shown as it was called', () => {
  const command = (words: string): Part => ({ __typename: 'CommandPart', id: 'c', name: 'review', arguments: words });
  expect(ownWords([command('HEAD~1'), text('You review code. Look at HEAD~1.')])).toBe('/review HEAD~1');
  expect(ownWords([command('')])).toBe('/review');
});
