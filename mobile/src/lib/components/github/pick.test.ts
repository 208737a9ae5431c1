// Picking a repository: found by words, by the keys and by touch, page by page.
import { fireEvent, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';

import { githubAccount, githubRepository, homeAnswer } from '../../../test/things';
import { renderWithin } from '../../../test/within';
import { eventually, World } from '../../../test/world';
import { ApiError } from '../../api';
import PickRepository from './PickRepository.svelte';

const SETUP = { canSignIn: true, url: 'https://github.com', tokenUrl: 'https://github.com/settings/tokens/new' };

interface Asked {
  search: string | null;
  after: string | null;
}

async function picker(account = githubAccount() as ReturnType<typeof githubAccount> | null) {
  const world = new World();
  const all = ['octo/garden', 'octo/tides', 'harbour/tides'].map((name) => githubRepository(name));
  const asked: Asked[] = [];
  world.transport
    .on('Home', () => homeAnswer('1', []))
    .on('Servers', () => ({ servers: [] }))
    .on('Github', () => ({ githubAccount: account, githubSetup: SETUP }))
    .on('GithubRepositories', (variables: Asked) => {
      asked.push(variables);
      const found = all.filter(({ fullName }) => fullName.includes(variables.search ?? ''));
      // Two on a page; the one between them is told twice.
      const nodes = variables.after ? found.slice(1) : found.slice(0, 2);
      const pageInfo = { endCursor: '2', hasNextPage: !variables.after && found.length > 2 };
      return { githubRepositories: { nodes, pageInfo } };
    });
  const app = await world.open();
  await eventually(() => expect(app.link.state).toBe('online'));
  // As its screen does.
  await app.github.load();
  const onpick = vi.fn();
  renderWithin(app, PickRepository, { picked: null, onpick });
  return { world, app, asked, onpick };
}

const names = () => screen.getAllByRole('option').map((option) => option.querySelector('bdi')?.textContent);

test('repositories are searched a moment after the last key, and picked by the keys', async () => {
  const { asked, onpick } = await picker();
  await eventually(() => expect(names()).toEqual(['octo/garden', 'octo/tides']));
  const field = screen.getByRole('combobox', { name: 'Your repositories' });
  for (const value of ['t', 'ti', 'tides']) {
    await fireEvent.input(field, { target: { value } });
    // As fast as somebody types.
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await eventually(() => expect(names()).toEqual(['octo/tides', 'harbour/tides']));
  expect(asked.map(({ search }) => search)).toEqual([null, 'tides']);
  await fireEvent.keyDown(field, { key: 'Enter' });
  expect(onpick, 'nothing was reached yet').not.toHaveBeenCalled();
  await fireEvent.keyDown(field, { key: 'ArrowDown' });
  await fireEvent.keyDown(field, { key: 'ArrowDown' });
  const reached = screen.getAllByRole('option')[1];
  expect(field.getAttribute('aria-activedescendant')).toBe(reached?.id);
  await fireEvent.keyDown(field, { key: 'Enter' });
  expect(onpick).toHaveBeenCalledWith(expect.objectContaining({ fullName: 'harbour/tides' }));
});

test('the next page joins on to the one before', async () => {
  const { onpick } = await picker();
  await eventually(() => expect(names()).toHaveLength(2));
  await fireEvent.click(screen.getByRole('button', { name: 'Show more' }));
  await eventually(() => expect(names()).toEqual(['octo/garden', 'octo/tides', 'harbour/tides']));
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
  await fireEvent.click(screen.getAllByRole('option')[0] as HTMLElement);
  expect(onpick).toHaveBeenCalledWith(expect.objectContaining({ fullName: 'octo/garden' }));
});

test('what goes wrong is said and tried again', async () => {
  const { world } = await picker();
  await eventually(() => expect(names()).toHaveLength(2));
  world.transport.on('GithubRepositories', () => {
    throw new ApiError('UNAVAILABLE', 'GitHub does not answer.');
  });
  const field = screen.getByRole('combobox', { name: 'Your repositories' });
  await fireEvent.input(field, { target: { value: 'x' } });
  await screen.findByText(/GitHub does not answer/);
  const nodes = [githubRepository('octo/x')];
  const pageInfo = { endCursor: null, hasNextPage: false };
  world.transport.on('GithubRepositories', () => ({ githubRepositories: { nodes, pageInfo } }));
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await eventually(() => expect(names()).toEqual(['octo/x']));
});

test('without an account there is the way to sign in', async () => {
  const { asked } = await picker(null);
  const link = await screen.findByRole('link', { name: 'Sign in to GitHub' });
  expect(link.getAttribute('href')).toBe('/settings/github?for=new');
  expect(asked).toEqual([]);
});
