// Commit, create, start, stop, restart: they wait on the device while the server is away, and are done once.
import { expect, test } from 'vitest';

import { homeAnswer, project } from '../../test/things';
import { eventually, World } from '../../test/world';
import { ApiError, NetworkError } from '../api';
import type { Order } from './orders';

const commit: Order = { kind: 'commit', project: 'a', message: 'Keep notes', push: true };
const create: Order = { kind: 'create', project: null, name: 'New one', source: { empty: true } };
const stop: Order = { kind: 'stop', project: 'a' };
const start: Order = { kind: 'start', project: 'a' };

interface Sent {
  input: { clientMutationId: string };
}

function world(): World {
  const world = new World();
  world.transport
    .on('Home', () => homeAnswer('1', [project('a')]))
    .on('Servers', () => ({ servers: [] }))
    .on('CommitChanges', () => ({
      commitChanges: { commit: { subject: 'Keep notes' }, isPushed: true, pushProblem: null },
    }))
    .on('CreateProject', () => ({ createProject: { project: project('new-one'), operation: {} } }))
    .on('StopProject', () => ({ stopProject: {} }))
    .on('StartProject', () => ({ startProject: {} }));
  return world;
}

const ORDERS = ['CommitChanges', 'CreateProject', 'StopProject', 'StartProject'];
const done = (world: World) => world.transport.sent.filter((sent) => ORDERS.includes(sent.name));
const idOf = (sent: { variables: unknown }) => (sent.variables as Sent).input.clientMutationId;

test('what was asked for offline survives the page, and is done once each, in its order', async () => {
  const w = world();
  w.transport.isReachable = false;
  const app = await w.open();
  for (const order of [commit, stop, create, start]) await app.outbox.add(order);
  const ids = app.outbox.entries.map((entry) => entry.id);
  app.stop();

  w.transport.sent.length = 0;
  w.transport.isReachable = true;
  const again = await w.open();
  await eventually(() => expect(again.outbox.entries).toEqual([]));
  const inProject = done(w).filter((sent) => sent.name !== 'CreateProject');
  expect(inProject.map((sent) => sent.name)).toEqual(['CommitChanges', 'StopProject', 'StartProject']);
  expect(done(w).map(idOf).toSorted()).toEqual(ids.toSorted());
  expect(await w.kept('outbox')).toEqual([]);
});

test('an answer that was lost makes it ask again under the same id', async () => {
  const w = world();
  let isLost = true;
  w.transport.on('CommitChanges', () => {
    if (isLost) {
      isLost = false;
      throw new NetworkError('cut');
    }
    return { commitChanges: { commit: { subject: 'Keep notes' }, isPushed: false, pushProblem: null } };
  });
  const app = await w.open();
  const { id } = await app.outbox.add(commit);
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(done(w).map(idOf)).toEqual([id, id]);
  expect(app.notices.current).toBe('Committed “Keep notes”.');
});

test('a project that was made is there before the order has left', async () => {
  const w = world();
  const app = await w.open();
  await app.outbox.add(create);
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(app.projects.bySlug('new-one')?.id).toBe('new-one');
});

test('what waits in one project holds up no other', async () => {
  const w = world();
  w.transport.on('CommitChanges', () => {
    throw new ApiError('UNAVAILABLE', 'The workspace does not answer.', { retryAfter: 60 });
  });
  const app = await w.open();
  await app.outbox.add(commit);
  await app.outbox.add(stop);
  await app.outbox.add({ kind: 'stop', project: 'b' });
  await eventually(() => expect(app.outbox.entries.map(({ order }) => order.project)).toEqual(['a', 'a']));
  await eventually(() =>
    expect(app.outbox.entries[0]).toMatchObject({ state: 'waiting', error: 'The workspace does not answer.' }),
  );
  expect(app.outbox.entries[1]).toMatchObject({ state: 'waiting', error: null });
});

test('a refusal stays with its reason and its input; what is behind it goes on', async () => {
  const w = world();
  w.transport.on('CreateProject', () => {
    throw new ApiError('INVALID_INPUT', 'There is one of that name.', { field: 'input.name' });
  });
  const app = await w.open();
  await app.outbox.add(create);
  await app.outbox.add(stop);
  await eventually(() =>
    expect(app.outbox.entries).toMatchObject([
      { state: 'failed', error: 'There is one of that name.', field: 'input.name' },
    ]),
  );
  expect(done(w).map((sent) => sent.name)).toEqual(['CreateProject', 'StopProject']);
});
