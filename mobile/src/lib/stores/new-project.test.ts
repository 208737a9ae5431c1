// What is typed for a new project survives the page, and is an order or a form but never both.
import { expect, test } from 'vitest';

import { homeAnswer } from '../../test/things';
import { World } from '../../test/world';

function world(): World {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', [])).on('Servers', () => ({ servers: [] }));
  world.transport.isReachable = false;
  return world;
}

const create = (name: string) => ({ kind: 'create', project: null, name, source: { empty: true } }) as const;

test('what was typed is there when the page is', async () => {
  const w = world();
  const app = await w.open();
  await app.newProject.open();
  app.newProject.change({ source: 'git', url: 'octo/tides', first: 'Hello' });
  await app.newProject.keep();
  app.stop();
  const again = await w.open();
  await again.newProject.open();
  expect(again.newProject.form).toMatchObject({ source: 'git', url: 'octo/tides', first: 'Hello', mode: 'ASK' });
});

test('as an order it is not kept any more, but shown until that is done', async () => {
  const w = world();
  const app = await w.open();
  await app.newProject.open();
  app.newProject.change({ name: 'Tides' });
  await app.newProject.keep();
  await app.outbox.add(create('Tides'), app.newProject.ordered());
  expect(app.newProject.form.name).toBe('Tides');
  // As when the page is hidden.
  await app.newProject.keep();
  app.stop();
  const again = await w.open();
  await again.newProject.open();
  expect([again.newProject.form.name, again.outbox.entries.length]).toEqual(['', 1]);
});

test('what is changed after it was refused is kept again', async () => {
  const w = world();
  const app = await w.open();
  await app.newProject.open();
  app.newProject.change({ name: 'Tides' });
  await app.outbox.add(create('Tides'), app.newProject.ordered());
  app.newProject.change({ name: 'Tide tables' });
  await app.newProject.keep();
  app.stop();
  const again = await w.open();
  await again.newProject.open();
  expect(again.newProject.form.name).toBe('Tide tables');
});
