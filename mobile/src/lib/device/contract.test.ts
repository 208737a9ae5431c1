// What the stores rely on, of every place where a device keeps things.
import { openDB } from 'idb';
import { describe, expect, test } from 'vitest';

import { message, project, session } from '../../test/things';
import { RustSide } from '../../test/rust-side';
import { IndexedDbDevice } from './indexed-db';
import { get, placeOf, put, putDraft, putValue, remove, value, type Device, type Write } from './port';
import { TauriDevice } from './tauri';

/** Opened again, it is the same device after its page has died. */
interface Kept {
  open(): Promise<Device>;
}

let count = 0;
const places: [name: string, make: () => Kept][] = [
  [
    'IndexedDB',
    () => {
      const name = `contract-${(count += 1)}`;
      return { open: async () => new IndexedDbDevice(name) };
    },
  ],
  [
    'Tauri',
    () => {
      const side = new RustSide();
      side.listen();
      // Commands overtake each other on their way.
      let told = 0;
      side.before = () => new Promise((resolve) => setTimeout(resolve, (told += 1) % 2 ? 4 : 0));
      return { open: () => TauriDevice.open() };
    },
  ],
];

const draft = (text: string) => ({ text, files: [], paths: [], agent: null, model: null });
const entry = (id: string) => ({
  id,
  at: 1,
  order: { kind: 'stop' as const, project: 'a' },
  state: 'waiting' as const,
  error: null,
});
const at = (id: string, minute: number, of = 's') =>
  message(id, of, id, { createdAt: new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString() });
const bytes = (text: string) => new TextEncoder().encode(text).buffer;
const text = (content: ArrayBuffer | undefined) => content && new TextDecoder().decode(content);
const ids = async (device: Device, of = 's') => (await device.newestMessages(of, 1_000)).map(({ id }) => id);

describe.each(places)('%s', (_name, make) => {
  test('what is written is read, and after the page has died too', async () => {
    const kept = make();
    const device = await kept.open();
    const wanted = project('a', { name: 'ä "quoted" 🌊\n\u2028' });
    await device.write([put('projects', wanted), putDraft('s', draft('Hello')), putValue('wrap', false)]);
    for (const open of [() => device, () => kept.open()]) {
      const opened = await open();
      const reads = [
        { store: 'projects', key: 'a' },
        { store: 'projects', key: 'b' },
        { store: 'sessions' },
        { store: 'projects' },
        { store: 'drafts', key: 's' },
      ] as const;
      expect(await opened.read(reads)).toEqual([wanted, undefined, [], [wanted], draft('Hello')]);
      expect(await value(opened, 'wrap')).toBe(false);
      expect(await value(opened, 'seen')).toBeUndefined();
    }
  });

  test('a row takes the place of the one before it, and goes when it is removed', async () => {
    const device = await make().open();
    await device.write([put('projects', project('a'))]);
    await device.write([put('projects', project('a', { name: 'other' })), put('projects', project('b'))]);
    expect((await device.read([{ store: 'projects' }]))[0].map((row) => row?.name)).toEqual(['other', 'b']);
    await device.write([remove('projects', 'a'), remove('projects', 'none')]);
    expect(await get(device, 'projects', 'a')).toBeUndefined();
    await device.write([put('sessions', session('s', 'b')), { kind: 'clear', store: 'projects' }]);
    expect(await device.read([{ store: 'projects' }, { store: 'sessions' }])).toMatchObject([[], [{ id: 's' }]]);
  });

  test('a list of writes that fails half way has changed nothing', async () => {
    const kept = make();
    const device = await kept.open();
    await device.write([put('projects', project('a')), putValue('cursor', { cursor: '1', at: 1 })]);
    const endless: Record<string, unknown> = { id: 'c', unclonable: () => 1, big: 1n };
    const writes: Write[] = [
      { kind: 'clear', store: 'projects' },
      put('projects', project('b')),
      put('outbox', entry('o')),
      { kind: 'keepNewest', session: 's', count: 0 },
      { kind: 'put', store: 'projects', key: 'c', row: endless as never },
      putValue('cursor', { cursor: '2', at: 2 }),
    ];
    await expect(device.write(writes)).rejects.toThrow();
    let opened = device;
    for (const open of [() => device, () => kept.open()]) {
      opened = await open();
      const reads = [{ store: 'projects' }, { store: 'outbox' }, { store: 'values', key: 'cursor' }] as const;
      expect(await opened.read(reads)).toMatchObject([[{ id: 'a' }], [], { cursor: '1' }]);
    }
    // It goes on.
    await opened.write([put('projects', project('d'))]);
    expect((await opened.read([{ store: 'projects' }]))[0]).toHaveLength(2);
  });

  test('what is asked for first is done first', async () => {
    const device = await make().open();
    const writes = Array.from({ length: 30 }, (_, index) => device.write([putDraft('s', draft(String(index)))]));
    expect(await get(device, 'drafts', 's')).toMatchObject({ text: '29' });
    await Promise.all(writes);
    expect(await get(device, 'drafts', 's')).toMatchObject({ text: '29' });
  });

  test('the newest messages of a session, oldest first', async () => {
    const device = await make().open();
    const minutes = [3, 1, 2, 5, 4];
    await device.write(
      minutes.flatMap((n) => [put('messages', at(`m${n}`, n)), put('messages', at(`n${n}`, n, 'other'))]),
    );
    const newest = async (count: number) => (await device.newestMessages('s', count)).map(({ id }) => id);
    expect(await newest(1)).toEqual(['m5']);
    expect(await newest(3)).toEqual(['m3', 'm4', 'm5']);
    expect(await newest(5)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    expect(await newest(6)).toHaveLength(5);
    expect(await device.newestMessages('none', 5)).toEqual([]);
    // Of one moment: by their ids.
    await device.write([put('messages', at('mb', 9)), put('messages', at('ma', 9))]);
    expect(await newest(2)).toEqual(['ma', 'mb']);
  });

  test('messages are dropped by their age, in their session alone', async () => {
    const device = await make().open();
    const all = [1, 2, 3, 4, 5].flatMap((n) => [at(`m${n}`, n), at(`n${n}`, n, 'other')]);
    await device.write(all.map((row) => put('messages', row)));
    await device.write([{ kind: 'dropOlder', than: placeOf(at('m2', 2)) }]);
    expect(await ids(device)).toEqual(['m2', 'm3', 'm4', 'm5']);
    await device.write([put('messages', at('m6', 6)), { kind: 'keepNewest', session: 's', count: 3 }]);
    expect(await ids(device)).toEqual(['m4', 'm5', 'm6']);
    await device.write([{ kind: 'keepNewest', session: 's', count: 3 }]);
    expect(await ids(device)).toHaveLength(3);
    await device.write([{ kind: 'keepNewest', session: 's', count: 0 }]);
    expect([await ids(device), await ids(device, 'other')]).toMatchObject([[], { length: 5 }]);
    expect(await get(device, 'messages', 'm6')).toBeUndefined();
  });

  test('a file is kept as it is, and goes with what it belongs to', async () => {
    const kept = make();
    const device = await kept.open();
    const every = new Uint8Array(256).map((_, index) => index).buffer;
    await device.keepFile('all', every);
    await device.keepFile('empty', new ArrayBuffer(0));
    await device.keepFile('all', every);
    const again = await kept.open();
    expect([...new Uint8Array((await again.file('all')) ?? new ArrayBuffer(0))]).toEqual([...new Uint8Array(every)]);
    expect((await again.file('empty'))?.byteLength).toBe(0);
    expect(await again.file('none')).toBeUndefined();
    await again.write([put('outbox', entry('o')), remove('files', 'all')]);
    expect(await again.file('all')).toBeUndefined();
  });

  test('what is cleared is gone, and what was still to be kept does not bring it back', async () => {
    const kept = make();
    const device = await kept.open();
    await device.write([put('outbox', entry('o')), put('messages', at('m', 1)), putDraft('s', draft('Hello'))]);
    await device.keepFile('f', bytes('content'));
    const late = device.write([put('outbox', entry('late'))]);
    const cleared = device.clear();
    await Promise.all([
      device.write([put('outbox', entry('later'))]),
      device.keepFile('g', bytes('later')),
      late,
      cleared,
    ]);
    await device.write([putDraft('s', draft('last'))]);
    const next = await kept.open();
    expect(await next.read([{ store: 'outbox' }, { store: 'drafts' }, { store: 'messages' }])).toEqual([[], [], []]);
    expect([text(await next.file('f')), text(await next.file('g'))]).toEqual([undefined, undefined]);
    await next.write([put('outbox', entry('new'))]);
    expect((await (await kept.open()).read([{ store: 'outbox' }]))[0]).toHaveLength(1);
  });
});

test('IndexedDB: what the first version has kept is there in this one', async () => {
  const old = await openDB('old', 1, {
    upgrade(db) {
      for (const name of ['values', 'drafts']) db.createObjectStore(name);
      for (const name of ['projects', 'sessions', 'decisions', 'servers', 'messages', 'outbox'])
        db.createObjectStore(name, { keyPath: 'id' });
    },
  });
  await old.put('messages', at('m', 1));
  await old.put('drafts', 'Hello', 's');
  await old.put('outbox', entry('o'));
  old.close();
  const device = new IndexedDbDevice('old');
  expect([await ids(device), await get(device, 'drafts', 's')]).toEqual([['m'], 'Hello']);
  expect((await device.read([{ store: 'outbox' }]))[0]).toEqual([entry('o')]);
  await device.keepFile('f', bytes('content'));
  expect(text(await device.file('f'))).toBe('content');
});

test('IndexedDB: a tab with a newer app is not held up', async () => {
  const device = new IndexedDbDevice('newer');
  await device.write([put('projects', project('a'))]);
  const newer = await openDB('newer', 99);
  expect([...newer.objectStoreNames]).toContain('outbox');
  await expect(device.write([put('projects', project('b'))])).rejects.toThrow();
  newer.close();
});
