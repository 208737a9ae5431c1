import { expect, test } from 'vitest';

import { codeOf, nameOfBrowser } from './pairing';

const HERE = 'http://127.0.0.1:3001';

test.each([
  ['ABCD-1234', { code: 'ABCD-1234' }],
  [' #ABCD-1234 ', { code: 'ABCD-1234' }],
  ['http://127.0.0.1:3001/pair#ABCD-1234', { code: 'ABCD-1234' }],
  ['http://127.0.0.1:3001/pair#a%2Bb', { code: 'a+b' }],
])('takes %j', (pasted, expected) => {
  expect(codeOf(pasted, HERE)).toEqual(expected);
});

test.each(['', '  ', 'http://127.0.0.1:3001/pair', 'https://elsewhere.example/pair#ABCD-1234', 'http://'])(
  'says what is wrong with %j',
  (pasted) => {
    expect(codeOf(pasted, HERE)).toHaveProperty('problem');
  },
);

test('names a browser', () => {
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile Safari/604.1';
  expect(nameOfBrowser(phone)).toBe('Safari on iPhone');
  expect(nameOfBrowser('Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36')).toBe('Chrome on Linux');
  expect(nameOfBrowser('curl/8')).toBe('Browser');
});
