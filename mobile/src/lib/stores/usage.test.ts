import { test } from 'vitest';

import { page } from '../../test/things';
import { eventually, expect, World } from '../../test/world';
import { NOTHING, rest, sum, tokens, Usage } from './usage.svelte';

const used = (inputTokens: number, costUsd: number | null) => ({ ...NOTHING, answers: 1, inputTokens, costUsd });
const session = (id: string, parent: string | null, usage = NOTHING) => ({
  id,
  title: id,
  updatedAt: '2026-01-01T10:00:00Z',
  parent: parent ? { id: parent } : null,
  usage,
});

function world() {
  const world = new World();
  const sessions = [session('child', 'root', used(5, 3)), session('root', null, used(1, 1)), session('idle', null)];
  const archived = [session('grandchild', 'child', used(7, null)), session('old', null, used(1, 2))];
  world.transport
    .on('Home', () => ({ cursor: '1', viewer: null, decisions: page([]), projects: page([]), servers: [] }))
    .on('ProjectUsage', () => ({ project: { all: used(20, 9), today: NOTHING, byDay: [] } }))
    .on('UsageBySession', ({ archived: isArchived }: { archived: boolean }) => ({
      project: { sessions: page(isArchived ? archived : sessions) },
    }));
  return world;
}

test('who used most is first; sub-agents are in the sessions they worked for, and what used nothing is not listed', async () => {
  const usage = (await world().open()).usage('a');
  await usage.load();
  expect(usage.data?.sessions.map(({ id, usage }) => [id, usage.costUsd, tokens(usage)])).toEqual([
    ['old', 2, 1],
    ['root', 1, 1],
  ]);
});

test('the last answer is on the device, and stays when there is no other', async () => {
  const device = world();
  const app = await device.open();
  await app.usage('a').load();
  device.transport.isReachable = false;
  const again = new Usage(device.transport, app.device, 'a');
  await again.open();
  await again.load();
  await eventually(() => expect(again.data?.all).toEqual(used(20, 9)));
  expect(again.problem).not.toBeNull();
  const other = new Usage(device.transport, app.device, 'b');
  await other.open();
  expect(other.data).toBeNull();
});

test('a cost is not known where it is known of nothing', () => {
  expect(sum([]).costUsd).toBeNull();
  expect(sum([used(1, null), used(1, null)]).costUsd).toBeNull();
  expect(sum([used(1, null), used(1, 2)])).toMatchObject({ costUsd: 2, inputTokens: 2, answers: 2 });
  expect(rest(used(5, 3), used(2, 1))).toMatchObject({ costUsd: 2, inputTokens: 3, answers: 0 });
});
