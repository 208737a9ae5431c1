// What the app's Rust side is asked for. That it does the same as the one of these tests is tested in src-tauri/src/tests.rs.
import { openDB } from 'idb';
import { expect, test } from 'vitest';

import cases from '../../test/device-commands.json';
import { homeAnswer, message, project } from '../../test/things';
import { RustSide } from '../../test/rust-side';
import { eventually, World } from '../../test/world';
import { NAME } from './indexed-db';
import { get, put, putDraft, putValue, remove, value, type Device } from './port';
import { dropOld, takeOver } from './take-over';
import { TauriDevice } from './tauri';

interface Case {
  what: string;
  command: string;
  input?: object;
  headers?: Record<string, string>;
  gives?: unknown;
  fails?: boolean;
}

test('the Rust side of these tests does what the real one does', async () => {
  const side = new RustSide();
  let handle: unknown = null;
  for (const { what, command, input = {}, headers, gives = null, fails = false } of cases as Case[]) {
    const told = headers ? new Uint8Array(input as number[]).buffer : { handle, ...input };
    const plain = (answer: unknown) => (answer instanceof ArrayBuffer ? [...new Uint8Array(answer)] : answer);
    const answer = side.answer(command, told, { ...headers, handle: String(handle) }).then(plain);
    if (fails) await expect(answer, what).rejects.toMatchObject({ kind: 'here' });
    else if (command === 'device_open') handle = await answer;
    else expect(await answer, what).toEqual(gives);
  }
});

test('what was refused is an error with its words', async () => {
  new RustSide().listen();
  const device = await TauriDevice.open();
  await expect(device.write([putDraft('', 'Hello')])).rejects.toThrow('a key has 1 to 256 bytes');
  const other = await TauriDevice.open();
  await expect(device.write([putDraft('s', 'Hello')])).rejects.toThrow('not open for this page');
  await other.write([putDraft('s', 'Hello')]);
});

test('what was written offline is sent once by the next start, from there too', async () => {
  const side = new RustSide();
  side.listen();
  const world = new World(() => TauriDevice.open());
  world.transport
    .on('Home', () => homeAnswer('1', [project('a')]))
    .on('Servers', () => ({ servers: [] }))
    .on('SendPrompt', ({ input }: { input: { clientMutationId: string } }) => ({
      sendPrompt: { message: message(input.clientMutationId, 's', 'Hello') },
    }));
  const first = await world.open();
  await eventually(() => expect(side.all('projects')).toHaveLength(1));
  world.transport.isReachable = false;
  const { id } = await first.outbox.add({ kind: 'prompt', project: 'a', session: 's', text: 'Hello' });
  expect(side.all('outbox')).toMatchObject([{ id, state: 'waiting' }]);
  first.stop();
  world.transport.isReachable = true;
  const again = await world.open();
  expect(again.projects.size, 'before the server has said anything').toBe(1);
  await eventually(() => expect(side.all('outbox')).toEqual([]));
  const sent = world.transport.sent.filter(({ name }) => name === 'SendPrompt');
  expect(
    sent.map(({ variables }) => (variables as { input: { clientMutationId: string } }).input.clientMutationId),
  ).toEqual([id]);
});

test('a row of the cache that is too large holds up nothing, and is read from the server by the next start', async () => {
  const side = new RustSide();
  side.listen();
  const world = new World(() => TauriDevice.open());
  const large = project('b', { name: 'x'.repeat(8 << 20) });
  let reads = 0;
  world.transport
    .on('Home', () => {
      reads += 1;
      return homeAnswer('1', [project('a'), large]);
    })
    .on('Servers', () => ({ servers: [] }));
  const first = await world.open();
  await eventually(() => expect(side.all('projects')).toMatchObject([{ id: 'a' }, null]));
  first.stop();
  world.transport.isReachable = false;
  const again = await world.open();
  expect(
    again.projects.all.map(({ id }) => id),
    'the rest is there at once',
  ).toEqual(['a']);
  world.transport.isReachable = true;
  await eventually(() => expect(again.projects.size).toBe(2));
  expect(reads, 'and not from the cursor').toBe(2);
});

test('what has no room in the cache is none of a person', async () => {
  const side = new RustSide();
  side.listen();
  const device = await TauriDevice.open();
  const messages = [1, 2, 3].map((n) =>
    message(`m${n}`, 's', n === 2 ? 'x'.repeat(8 << 20) : 'text', { createdAt: `2026-01-0${n}` }),
  );
  await device.write(messages.map((row) => put('messages', row)));
  expect(
    (await device.newestMessages('s', 9)).map(({ id }) => id),
    'there is no hole',
  ).toEqual(['m3']);
  const draft = { text: 'x'.repeat(8 << 20), files: [], paths: [], agent: null, model: null };
  await expect(device.write([putDraft('s', draft)])).rejects.toThrow('too large');
});

test("damage that is found begins anew: what is a person's is written there, and no cache that has holes", async () => {
  const side = new RustSide();
  side.listen();
  let told = 0;
  const device = await TauriDevice.open(() => (told += 1));
  await device.write([put('projects', project('a')), put('outbox', entry)]);
  side.spoil();
  const cursor = putValue('cursor', { cursor: '7', at: 1 });
  await Promise.all([
    device.write([putDraft('s', 'Hello')]),
    device.write([put('projects', project('b')), cursor]),
    device.write([put('outbox', { ...entry, id: 'p' }), cursor]),
  ]);
  expect(told).toBe(1);
  expect(side.all('outbox')).toMatchObject([{ id: 'o' }, { id: 'p' }]);
  expect([side.all('drafts'), side.all('projects')]).toEqual([['Hello'], []]);
  expect(side.all('values')).toMatchObject([{ why: 'damaged' }]);
  const next = await TauriDevice.open();
  await next.write([put('projects', project('c'))]);
  expect(side.all('projects')).toHaveLength(1);
});

const entry = { id: 'o', at: 1, order: { kind: 'stop', project: 'a' }, state: 'waiting', error: null } as const;

/** As an earlier version of the app has left it. */
async function leaveOld(): Promise<void> {
  const old = await openDB(NAME, 3, {
    upgrade(db) {
      for (const name of ['values', 'drafts', 'files']) db.createObjectStore(name);
      for (const name of ['projects', 'messages', 'outbox']) db.createObjectStore(name, { keyPath: 'id' });
    },
  });
  await old.put('outbox', entry);
  await old.put('drafts', 'Text alone', 'new a');
  await old.put('drafts', { text: 'Hello', files: [{ id: 'f' }] }, 's');
  await old.put('files', new Uint8Array([1, 2, 3]).buffer, 'f');
  await old.put('values', { cursor: '7', at: 1 }, 'cursor');
  await old.put('values', false, 'wrap');
  await old.put('projects', project('a'));
  old.close();
}

const isOldThere = async () => (await indexedDB.databases()).some(({ name }) => name === NAME);

async function isTakenOver(device: Device): Promise<void> {
  const drafts = { 'new a': 'Text alone', s: { text: 'Hello', files: [{ id: 'f' }] } };
  for (const [key, draft] of Object.entries(drafts)) expect(await get(device, 'drafts', key)).toEqual(draft);
  expect((await device.read([{ store: 'outbox' }]))[0]).toEqual([entry]);
  expect([...new Uint8Array((await device.file('f')) ?? new ArrayBuffer(0))]).toEqual([1, 2, 3]);
  expect([await value(device, 'wrap'), await value(device, 'cursor')]).toEqual([false, undefined]);
  expect((await device.read([{ store: 'projects' }]))[0]).toEqual([]);
  expect(await isOldThere()).toBe(false);
}

test('what an earlier version has kept in the web view is taken over once, and removed there', async () => {
  new RustSide().listen();
  const device = await TauriDevice.open();
  await takeOver(device);
  expect(await isOldThere()).toBe(false);
  await leaveOld();
  await takeOver(device);
  await isTakenOver(device);
  expect(await value(device, 'isTakenOver'), 'another one could be taken over').toBeUndefined();
  await takeOver(device);
  await isTakenOver(device);
});

test('killed before all of it was taken, it is taken by the next start', async () => {
  const side = new RustSide();
  side.listen();
  await leaveOld();
  const device = await TauriDevice.open();
  side.before = (command) => {
    if (command === 'device_write') throw new Error('killed');
  };
  await expect(takeOver(device)).rejects.toThrow('killed');
  side.before = () => {};
  const next = await TauriDevice.open();
  await takeOver(next);
  await isTakenOver(next);
});

test('killed before the old one was removed, nothing that was sent since comes back', async () => {
  const side = new RustSide();
  side.listen();
  await leaveOld();
  const device = await TauriDevice.open();
  const { deleteDatabase } = indexedDB;
  indexedDB.deleteDatabase = () => {
    throw new Error('killed');
  };
  await expect(takeOver(device)).rejects.toThrow('killed');
  indexedDB.deleteDatabase = deleteDatabase;
  await device.write([remove('outbox', 'o'), put('outbox', { ...entry, id: 'p' })]);
  const next = await TauriDevice.open();
  await takeOver(next);
  expect((await next.read([{ store: 'outbox' }]))[0]).toMatchObject([{ id: 'p' }]);
  expect(await isOldThere()).toBe(false);
});

test('who pairs anew takes over nothing', async () => {
  new RustSide().listen();
  await leaveOld();
  await dropOld();
  const device = await TauriDevice.open();
  await takeOver(device);
  expect((await device.read([{ store: 'outbox' }]))[0]).toEqual([]);
});
