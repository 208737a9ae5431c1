import { test } from 'vitest';

import { page } from '../../test/things';
import { eventually, expect, World } from '../../test/world';
import { ApiError } from '../api';

const sample = (minutes: number) => ({
  serverResources: { at: new Date(minutes * 60_000).toISOString(), cpu: null, memory: null, disk: null },
});

function world() {
  const world = new World();
  world.transport.on('Home', () => ({
    cursor: '1',
    viewer: null,
    decisions: page([]),
    projects: page([]),
    servers: [],
  }));
  const asked = () => world.transport.sent.filter(({ name }) => name === 'ServerResources').length;
  return { world, asked };
}

test('samples of half an hour are kept, over screens that come and go; a server is asked once at a time', async () => {
  const { world: device, asked } = world();
  const { loads } = await device.open();
  const ends = [loads.watch('a'), loads.watch('a')];
  await device.transport.push('ServerResources', sample(0));
  await device.transport.push('ServerResources', sample(20));
  await eventually(() => expect(loads.of('a')).toHaveLength(2));
  for (const end of ends) end();
  expect(asked()).toBe(1);
  const end = loads.watch('a');
  await eventually(() => expect(asked()).toBe(2));
  await device.transport.push('ServerResources', sample(31));
  await eventually(() => expect(loads.of('a').map(({ at }) => new Date(at).getTime() / 60_000)).toEqual([20, 31]));
  expect(loads.of('b')).toEqual([]);
  end();
});

test('a server that tells nothing does not make the line look broken', async () => {
  const { world: device, asked } = world();
  const app = await device.open();
  await eventually(() => expect(app.link.state).toBe('online'));
  const end = app.loads.watch('a');
  await device.transport.fail('ServerResources', new ApiError('NOT_FOUND', 'There is no such server.'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(app.link.state).toBe('online');
  expect(asked()).toBe(1);
  end();
});
