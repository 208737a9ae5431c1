import { expect, test } from 'vitest';

import { appLink, codeOf, linkOf, nameOfApp, nameOfBrowser } from './pairing';

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

test.each([
  ['https://pcc.example.org/pair#ABCD-1234', null],
  [' http://127.0.0.1:3001/pair#ABCD-1234 ', null],
  ['http://[::1]:3001/pair#ABCD-1234', null],
  ['http://localhost/pair#ABCD-1234', null],
  ['http://192.168.1.9:3001/pair#ABCD-1234', '192.168.1.9:3001'],
  ['http://127.evil.example/pair#ABCD-1234', '127.evil.example'],
  [appLink('http://192.168.1.9:3001', 'ABCD-1234'), '192.168.1.9:3001'],
  [appLink('https://pcc.example.org/base', 'ABCD-1234'), null],
])('the app takes %j', (pasted, exposedTo) => {
  expect(linkOf(pasted)).toEqual({ key: pasted.trim(), exposedTo });
});

test.each(['', 'ABCD-1234', 'https://pcc.example.org/pair', 'pcc://pair#ABCD-1234', 'pcc://pair?server=x#ABCD-1234'])(
  'the app says what is wrong with %j',
  (pasted) => {
    expect(linkOf(pasted)).toHaveProperty('problem');
  },
);

test('names the app', () => {
  expect(nameOfApp('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15')).toBe('App on Linux');
});
