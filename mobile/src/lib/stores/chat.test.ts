import { expect, test, vi } from 'vitest';

import { homeAnswer, message, project, session } from '../../test/things';
import { eventually, World } from '../../test/world';
import type { Message } from '../api';
import { NetworkError } from '../api';
import { get, put, type Write } from '../device/port';

async function open() {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', [project('a')]));
  world.transport.on('Servers', () => ({ servers: [] }));
  const app = await world.open();
  const chat = app.chat('s');
  const stop = new AbortController();
  await chat.open();
  void chat.run(stop.signal);
  return { world, app, chat, stop };
}

const snapshot = (...messages: Message[]) => ({
  sessionStream: {
    __typename: 'SessionSnapshot',
    session: session('s', 'a', { status: 'BUSY' }),
    messages,
    todoList: { todos: [] },
    cursor: '1',
  },
});
const appended = (offset: number, text: string, id = 'm') => ({
  sessionStream: { __typename: 'TextAppended', messageId: id, partId: `${id}-text`, offset, text },
});
const textOf = (message: Message | undefined) =>
  message?.parts.map((part) => ('text' in part ? part.text : '')).join('');
const watched = (world: World) => world.transport.sent.filter((sent) => sent.name === 'SessionStream').length;

test('a text grows by its pieces, and none counts twice', async () => {
  const { world, chat } = await open();
  await world.transport.push('SessionStream', snapshot(message('m', 's', 'Hello')));
  await world.transport.push('SessionStream', appended(5, ', wor'));
  await world.transport.push('SessionStream', appended(5, ', wor'));
  await world.transport.push('SessionStream', appended(10, 'ld'));
  await eventually(() => expect(textOf(chat.messages[0])).toBe('Hello, world'));
  expect(watched(world)).toBe(1);
});

test('a hole makes it subscribe again', async () => {
  const { world, chat } = await open();
  await world.transport.push('SessionStream', snapshot(message('m', 's', 'Hello')));
  await eventually(() => expect(chat.isLive).toBe(true));
  await world.transport.push('SessionStream', appended(9, 'x'));
  await eventually(() => expect(watched(world)).toBe(2));
  await world.transport.push('SessionStream', snapshot(message('m', 's', 'Hello, anx')));
  await eventually(() => expect(textOf(chat.messages[0])).toBe('Hello, anx'));
});

test('a break is mended by a snapshot: nothing lost, nothing twice', async () => {
  const { world, chat } = await open();
  await world.transport.push('SessionStream', snapshot(message('1', 's', 'one'), message('2', 's', 'tw')));
  await eventually(() => expect(chat.messages).toHaveLength(2));
  await world.transport.fail('SessionStream', new NetworkError('cut'));
  await eventually(() => expect(watched(world)).toBe(2));
  await world.transport.push('SessionStream', snapshot(message('2', 's', 'two'), message('3', 's', 'three')));
  await eventually(() => expect(chat.messages.map(textOf)).toEqual(['one', 'two', 'three']));
});

test('what the agent has no more goes, here and on the device', async () => {
  const { world, app, chat } = await open();
  await world.transport.push('SessionStream', snapshot(message('1', 's', 'one'), message('2', 's', 'two')));
  await eventually(() => expect(chat.messages).toHaveLength(2));
  await chat.keep();
  const gone = { __typename: 'MessageChanged', messageId: '2', message: null };
  await world.transport.push('SessionStream', { sessionStream: gone });
  await eventually(() => expect(chat.messages.map(textOf)).toEqual(['one']));
  await eventually(async () => expect(await get(app.device, 'messages', '2')).toBeUndefined());
});

test('what is whole is kept without waiting', async () => {
  const { world, app, chat } = await open();
  await world.transport.push('SessionStream', snapshot());
  await eventually(() => expect(chat.isLive).toBe(true));
  await chat.keep();
  // The page dies before what is kept a little later is kept.
  const later = globalThis.setTimeout;
  const dies = (work: () => void, delay?: number) => later(delay === 500 ? () => {} : work, delay);
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(dies as typeof setTimeout);
  const whole = message('m', 's', 'whole', { completedAt: '2026-01-01T00:00:00Z' });
  const changed = { __typename: 'MessageChanged', messageId: 'm', message: whole };
  await world.transport.push('SessionStream', { sessionStream: changed });
  await eventually(async () => expect(textOf(await get(app.device, 'messages', 'm'))).toBe('whole'));
  spy.mockRestore();
});

test('todos are those that were told last', async () => {
  const { world, chat } = await open();
  await world.transport.push('SessionStream', snapshot());
  const todos = [{ content: 'first', status: 'IN_PROGRESS', priority: 'HIGH' }];
  await world.transport.push('SessionStream', { sessionStream: { __typename: 'TodosChanged', changed: { todos } } });
  await eventually(() => expect(chat.todos).toEqual(todos));
});

test('a snapshot that does not join on leaves no hole in the middle', async () => {
  const { world, chat } = await open();
  await world.transport.push('SessionStream', snapshot(message('1', 's', 'one'), message('2', 's', 'two')));
  await eventually(() => expect(chat.messages).toHaveLength(2));
  await world.transport.push('SessionStream', snapshot(message('8', 's', 'eight'), message('9', 's', 'nine')));
  await eventually(() => expect(chat.messages.map(textOf)).toEqual(['eight', 'nine']));
});

test('it opens from the device before the server has answered', async () => {
  const { world, app, chat, stop } = await open();
  await world.transport.push('SessionStream', snapshot(message('m', 's', 'Hello')));
  await eventually(() => expect(chat.isLive).toBe(true));
  stop.abort();
  await chat.keep();
  app.stop();
  world.transport.isReachable = false;
  const again = (await world.open()).chat('s');
  await again.open();
  expect(again.messages.map(textOf)).toEqual(['Hello']);
});

test('a snapshot that does not join on leaves no hole on the device either', async () => {
  const { world, app, chat, stop } = await open();
  const at = (id: string, minute: string) => message(id, 's', id, { createdAt: `2026-01-01T10:${minute}:00Z` });
  await world.transport.push('SessionStream', snapshot(at('a', '01'), at('b', '02')));
  await eventually(() => expect(chat.messages).toHaveLength(2));
  await chat.keep();
  await world.transport.fail('SessionStream', new NetworkError('cut'));
  await eventually(() => expect(watched(world)).toBe(2));
  await world.transport.push('SessionStream', snapshot(at('y', '31'), at('z', '32')));
  await eventually(() => expect(chat.messages.map(textOf)).toEqual(['y', 'z']));
  await eventually(async () =>
    expect((await world.kept<Message>('messages')).map(({ id }) => id).toSorted()).toEqual(['y', 'z']),
  );
  stop.abort();
  await chat.keep();
  app.stop();
  world.transport.isReachable = false;
  const again = (await world.open()).chat('s');
  await again.open();
  expect(again.messages.map(textOf)).toEqual(['y', 'z']);
});

test('it opens with the newest messages alone, however many the device has', async () => {
  const { app, chat } = await open();
  const writes: Write[] = [];
  for (let index = 0; index < 300; index += 1) {
    const createdAt = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
    writes.push(put('messages', message(`m${index}`, 's', String(index), { createdAt })));
    writes.push(put('messages', message(`n${index}`, 'other', String(index), { createdAt })));
  }
  await app.device.write(writes);
  await chat.open();
  expect(chat.messages.map(textOf)).toEqual(Array.from({ length: 50 }, (_, index) => String(250 + index)));
});

test('what comes within one frame is shown with it, in one list', async () => {
  const { world, chat } = await open();
  await world.transport.push('SessionStream', snapshot(message('a', 's', 'first'), message('m', 's', '')));
  await eventually(() => expect(chat.isLive).toBe(true));
  const lists = new Set<unknown>();
  const watch = setInterval(() => lists.add(chat.messages), 0);
  for (let index = 0; index < 50; index += 1) await world.transport.push('SessionStream', appended(index, 'x'));
  await eventually(() => expect(textOf(chat.messages[1])).toHaveLength(50));
  clearInterval(watch);
  expect(lists.size).toBeLessThan(10);
});
