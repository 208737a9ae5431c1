// Which stores the screens have, and when others take their place.
import { expect, onTestFinished, test } from 'vitest';

import { RustSide } from '../test/rust-side';
import { homeAnswer, project } from '../test/things';
import { eventually } from '../test/world';
import type { Access } from './access';
import { FakeTransport } from './api/fake';
import { Boot } from './boot.svelte';
import { TauriDevice } from './device/tauri';

const ACCOUNT = { server: 'http://localhost', installation: 'one', deviceId: 'device', deviceName: 'phone' };

function boot() {
  const side = new RustSide();
  side.listen();
  const transport = new FakeTransport()
    .on('Home', () => homeAnswer('1', [project('a')]))
    .on('Servers', () => ({ servers: [] }));
  let refused = 0;
  const access: Access = {
    problem: null,
    read: () => ({ problem: '' }),
    account: async () => ACCOUNT,
    // A link of an installation is its name here.
    pair: async (installation) => ({
      installation,
      enter: async (leave) => {
        await leave();
        return { ...ACCOUNT, server: 'http://elsewhere', deviceId: 'another', installation };
      },
      refuse: async () => void (refused += 1),
    }),
    forget: async () => {},
    device: (onanew) => TauriDevice.open(onanew),
    transport: () => transport,
  };
  const boot = new Boot(access);
  onTestFinished(() => boot.app?.stop());
  return { boot, side, transport, refused: () => refused };
}

test('damage that is found while the app runs: the screens start from what was saved, and read the rest again', async () => {
  const { boot: b, side, transport } = boot();
  await b.open();
  const before = b.app;
  await eventually(() => expect(side.all('projects')).toHaveLength(1));
  transport.isReachable = false;
  const draft = before?.draft('s', 'a');
  draft?.write('Hello');
  side.spoil();
  await before?.outbox.add({ kind: 'stop', project: 'a' });
  await eventually(() => expect(b.app).not.toBe(before));
  expect(b.app?.outbox.entries).toMatchObject([{ order: { kind: 'stop' } }]);
  expect(b.app?.preferences.setAside).toMatchObject({ why: 'damaged' });
  expect(side.all('drafts'), 'what was not kept yet').toMatchObject([{ text: 'Hello' }]);
  expect(b.app?.feed.isReady, 'no cursor without its rows').toBe(false);
  transport.isReachable = true;
  await eventually(() => expect(b.app?.projects.size).toBe(1));
  await eventually(() => expect(side.all('projects')).toHaveLength(1));
});

async function withThings() {
  const all = boot();
  await all.boot.open();
  const app = all.boot.app;
  if (!app) throw new Error('nobody is signed in');
  await eventually(() => expect(all.side.all('projects')).toHaveLength(1));
  all.transport.isReachable = false;
  app.draft('s', 'a').write('Hello');
  app.draft('t', 'a').choose({ agent: 'plan' });
  await app.outbox.add({ kind: 'stop', project: 'a' });
  return { ...all, before: app };
}

test('paired again with the same server, everything that is kept stays', async () => {
  const { boot: b, before } = await withThings();
  const isPaired = await b.pair('one', 'phone', async () => {
    throw new Error('nothing is lost');
  });
  expect([isPaired, b.app?.account.server, b.app === before]).toEqual([true, 'http://elsewhere', false]);
  expect([b.app?.projects.size, b.app?.outbox.entries.length]).toEqual([1, 1]);
  await eventually(() => expect(b.app?.draft('s', 'a').text).toBe('Hello'));
});

test('paired with another server, what was not sent goes only if that is wanted', async () => {
  const { boot: b, before, side, refused } = await withThings();
  const asked: unknown[] = [];
  const answer = (mayDrop: boolean) => async (unsent: unknown) => {
    asked.push(unsent);
    return mayDrop;
  };
  expect(await b.pair('two', 'phone', answer(false))).toBe(false);
  expect([b.app === before, refused(), side.all('outbox').length]).toEqual([true, 1, 1]);
  expect(await b.pair('two', 'phone', answer(true))).toBe(true);
  expect(asked).toEqual([
    { orders: 1, drafts: 1 },
    { orders: 1, drafts: 1 },
  ]);
  expect([side.all('outbox'), side.all('drafts'), b.app?.projects.size]).toEqual([[], [], 0]);
  expect(await b.pair('three', 'phone', answer(false)), 'nothing to ask about').toBe(true);
});
