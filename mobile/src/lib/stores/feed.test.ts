import { expect, test } from 'vitest';

import { event, homeAnswer, page, permission, project, session } from '../../test/things';
import { eventually, World } from '../../test/world';
import { ApiError, NetworkError } from '../api';

const after = (world: World) =>
  world.transport.sent
    .filter((sent) => sent.name === 'Events')
    .map((sent) => (sent.variables as { after: string }).after);

test('one query, then one subscription from its cursor; changes replace what is there', async () => {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', [project('a')], [permission('p', 'a')]));
  const app = await world.open();
  await eventually(() => expect(app.decisions.size).toBe(1));
  expect(app.feed.isReady).toBe(true);
  await world.transport.push(
    'Events',
    event('2', { __typename: 'ProjectChanged', projectId: 'b', project: project('b') }),
  );
  await world.transport.push(
    'Events',
    event('3', { __typename: 'DecisionClosed', decisionId: 'p', decision: permission('p', 'a', { state: 'DECIDED' }) }),
  );
  // The same once more does no harm.
  await world.transport.push('Events', event('3', { __typename: 'DecisionClosed', decisionId: 'p', decision: null }));
  await eventually(() => expect([app.projects.size, app.decisions.size]).toEqual([2, 0]));
  expect(after(world)).toEqual(['1']);
});

test('what is kept and its cursor are written together, and the next start goes on from there', async () => {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', [project('a')]));
  world.transport.on('Servers', () => ({ servers: [] }));
  const app = await world.open();
  await world.transport.push(
    'Events',
    event('2', { __typename: 'ProjectChanged', projectId: 'b', project: project('b') }),
  );
  await eventually(() => expect(app.projects.size).toBe(2));
  await app.feed.flush();
  expect((await world.kept<{ id: string }>('projects')).map((kept) => kept.id)).toEqual(['a', 'b']);
  expect((await world.kept<{ cursor?: string }>('values')).find((kept) => kept.cursor)?.cursor).toBe('2');
  app.stop();

  const again = await world.open();
  expect(again.projects.size, 'before the server has said anything').toBe(2);
  await eventually(() => expect(after(world)).toEqual(['1', '2']));
});

test('it opens from the device when the server cannot be reached', async () => {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', [project('a')], [permission('p', 'a')]));
  const app = await world.open();
  await eventually(() => expect(app.projects.size).toBe(1));
  await app.feed.flush();
  app.stop();
  world.transport.isReachable = false;
  const again = await world.open();
  expect([again.feed.isReady, again.projects.size, again.decisions.size]).toEqual([true, 1, 1]);
});

test('after a break it resumes by cursor and misses nothing', async () => {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', []));
  world.transport.on('Servers', () => ({ servers: [] }));
  const app = await world.open();
  await world.transport.push(
    'Events',
    event('2', { __typename: 'ProjectChanged', projectId: 'a', project: project('a') }),
  );
  await eventually(() => expect(app.projects.size).toBe(1));
  await world.transport.fail('Events', new NetworkError('cut'));
  await eventually(() => expect(after(world)).toEqual(['1', '2']));
  await world.transport.push('Events', event('3', { __typename: 'ProjectDeleted', projectId: 'a', slug: 'a' }));
  await eventually(() => expect(app.projects.size).toBe(0));
});

test('a cursor that does not hold makes it read everything again, and drop what is gone', async () => {
  const world = new World();
  let answer = homeAnswer('1', [project('a'), project('b')], [permission('p', 'a')]);
  world.transport.on('Home', () => answer);
  const app = await world.open();
  await eventually(() => expect(app.projects.size).toBe(2));
  answer = homeAnswer('9', [project('b')]);
  await world.transport.push('Events', event('8', { __typename: 'ResyncRequired', reason: 'TOO_OLD', cursor: '8' }));
  await eventually(() => expect(app.projects.all.map((project) => project.id)).toEqual(['b']));
  await eventually(() => expect(after(world)).toEqual(['1', '9']));
  expect(app.decisions.size).toBe(0);
  expect(await world.kept('projects')).toHaveLength(1);
});

test('pages are read to their end before anything is heard', async () => {
  const world = new World();
  const first = homeAnswer('1', [project('a')]);
  world.transport.on('Home', () => ({
    ...first,
    projects: { ...first.projects, pageInfo: { hasNextPage: true, endCursor: 'x' } },
  }));
  world.transport.on(
    'HomeProjects',
    () =>
      page([{ ...project('b'), sessions: { nodes: [session('s', 'b', { status: 'BUSY' })] } }]) && {
        projects: page([{ ...project('b'), sessions: { nodes: [session('s', 'b', { status: 'BUSY' })] } }]),
      },
  );
  const app = await world.open();
  await eventually(() => expect(app.projects.size).toBe(2));
  expect(app.projects.mark(project('b'))).toBe('working');
  await eventually(() =>
    expect(world.transport.sent.map((sent) => sent.name)).toEqual(['Home', 'HomeProjects', 'Events']),
  );
});

test('a project takes its sessions and decisions with it', async () => {
  const world = new World();
  const sessions = [session('s', 'a'), session('archived', 'a', { archivedAt: '2026-11-28T00:00:00Z' })];
  world.transport.on('Home', () => homeAnswer('1', [project('a')], [permission('p', 'a')], sessions));
  const app = await world.open();
  await world.transport.push('Events', event('2', { __typename: 'ProjectDeleted', projectId: 'a', slug: 'a' }));
  await eventually(() => expect([app.projects.size, app.sessions.size, app.decisions.size]).toEqual([0, 0, 0]));
  await app.feed.flush();
  expect(await world.kept('sessions')).toEqual([]);
});

test('a device that was revoked stops asking', async () => {
  const world = new World();
  world.transport.on('Home', () => {
    throw new ApiError('UNAUTHENTICATED', 'no');
  });
  const app = await world.open();
  await eventually(() => expect(app.feed.isRefused).toBe(true));
  const asked = world.transport.sent.length;
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(world.transport.sent).toHaveLength(asked);
});

test('what an order has come to while everything was read is newer than what was read', async () => {
  const world = new World();
  let answer = () => {};
  world.transport.on('Home', async () => {
    await new Promise<void>((resolve) => (answer = resolve));
    return homeAnswer('1', [project('a', { name: 'before' })], [permission('p', 'a')]);
  });
  const app = await world.open();
  await eventually(() => expect(world.transport.sent.map(({ name }) => name)).toContain('Home'));
  app.projects.put(project('made'));
  app.projects.put(project('a', { name: 'after' }));
  app.decisions.remove('p');
  answer();
  await eventually(() => expect(app.feed.isReady).toBe(true));
  const names = app.projects.all.map(({ id, name }) => [id, name]);
  expect([app.decisions.size, names]).toEqual([0, expect.arrayContaining([['a', 'after']])]);
  expect(app.projects.get('made')).toBeDefined();
});
