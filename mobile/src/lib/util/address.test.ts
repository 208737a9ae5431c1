import { expect, test } from 'vitest';

import { cloneAddress, repositoryName } from './address';

test('whatever names a repository on GitHub is the address to clone it from', () => {
  for (const text of [
    'octocat/Hello-World',
    ' octocat/Hello-World ',
    'octocat/Hello-World.git',
    'github.com/octocat/Hello-World',
    'https://github.com/octocat/Hello-World',
    'https://github.com/octocat/Hello-World.git',
    'http://www.github.com/octocat/Hello-World/',
    'https://github.com/octocat/Hello-World/tree/main/docs?plain=1#L3',
    'https://GitHub.com/octocat/Hello-World/pull/7',
    'git@github.com:octocat/Hello-World.git',
    'ssh://git@github.com/octocat/Hello-World.git',
    'https://token@github.com/octocat/Hello-World',
  ]) {
    expect(cloneAddress(text), text).toBe('https://github.com/octocat/Hello-World.git');
  }
  expect(cloneAddress('sveltejs/svelte.dev')).toBe('https://github.com/sveltejs/svelte.dev.git');
});

test('a short name is of what is GitHub to the server; an address is where it says', () => {
  for (const github of ['https://git.example.org', 'https://git.example.org/']) {
    expect(cloneAddress('sea/tide-tables', github)).toBe('https://git.example.org/sea/tide-tables.git');
    expect(cloneAddress('github.com/sea/tide-tables', github)).toBe('https://github.com/sea/tide-tables.git');
  }
});

test('other addresses stay as they are, and what is none is none', () => {
  for (const text of [
    'https://git.example.org/sea/tide-tables.git',
    'ssh://git@forge.home/sea/tide-tables',
    'file:///srv/tide-tables',
    'https://notgithub.com/octocat/Hello-World',
    'https://github.com.example.org/octocat/Hello-World',
  ]) {
    expect(cloneAddress(text), text).toBe(text);
  }
  for (const text of [
    '',
    'octocat',
    'octocat/',
    '/octocat/x',
    'a/b/c',
    '-a/b',
    'a/..',
    'a b/c',
    'github.com/octocat',
  ]) {
    expect(cloneAddress(text), text).toBeNull();
  }
});

test('a repository is named by the end of its address', () => {
  expect(repositoryName('https://git.example.org/sea/tide-tables.git')).toBe('tide-tables');
  expect(repositoryName('file:///srv/tide-tables/')).toBe('tide-tables');
});
