import type { Channel } from '@tauri-apps/api/core';
import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, expect, test, vi } from 'vitest';

import { githubLogin } from '../../test/things';
import { ApiError, isAbort, NetworkError } from './errors';
import { CurrentCursorDocument, DecideDocument, EventsDocument } from './generated';
import { TauriTransport } from './tauri';

afterEach(clearMocks);

type Input = Record<string, unknown>;
type Told = Channel<unknown> & { onmessage: (message: unknown) => void };

/** A Rust side that a test plays. */
function rustSide(commands: Record<string, (input: Input) => unknown>) {
  const called: { command: string; input: Input }[] = [];
  mockIPC((command, input) => {
    called.push({ command, input: input as Input });
    return commands[command]?.(input as Input);
  });
  return {
    called,
    cancelled: () => called.filter(({ command }) => command === 'cancel').map(({ input }) => input.call),
    watched: () => called.filter(({ command }) => command === 'watch').map(({ input }) => input.told as Told),
  };
}

function watch(transport: TauriTransport) {
  const stop = new AbortController();
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { events } of transport.subscribe(EventsDocument, { after: '1' }, stop.signal))
      seen.push(events.cursor);
    return null;
  })().catch((error: unknown) => error);
  return { stop, seen, ended };
}

const event = (cursor: string) => ({ kind: 'item', data: { events: { cursor } } });

test('an operation is run by its name, and its answer told as a browser tells it', async () => {
  const answers: unknown[] = [
    { data: { cursor: '1' }, errors: null },
    { data: { cursor: '1' }, errors: [{ message: 'Away.', extensions: { code: 'UNAVAILABLE', retryAfter: 3 } }] },
    { data: null, errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN' } }] },
  ];
  const { called } = rustSide({ run: () => answers.shift() });
  const transport = new TauriTransport();
  expect(await transport.request(CurrentCursorDocument, {})).toEqual({ data: { cursor: '1' }, errors: [] });
  expect(called[0]?.input).toMatchObject({ operation: 'CurrentCursor', variables: {} });
  const partial = await transport.request(CurrentCursorDocument, {});
  expect(partial.errors[0]).toBeInstanceOf(ApiError);
  expect(partial.errors[0]?.retryAfter).toBe(3);
  await expect(transport.request(CurrentCursorDocument, {})).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test.each([
  [{ kind: 'unreachable', message: 'Nobody answers.' }, NetworkError],
  [{ kind: 'cancelled' }, DOMException],
  [{ kind: 'here', message: 'The disk is full.' }, Error],
  ['command run not allowed', Error],
])('%j is an error of its kind', async (failure, kind) => {
  rustSide({ run: () => Promise.reject(failure) });
  const error = await new TauriTransport().request(CurrentCursorDocument, {}).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(kind);
});

test('what the server refuses keeps its code and what else it says', async () => {
  const extensions = { code: 'CONFLICT', state: 'DECIDED', decidedBy: { id: 'd', name: 'iPad' } };
  rustSide({ run: () => Promise.reject({ kind: 'refused', message: 'Already decided.', extensions }) });
  const input = { id: 'd', answer: { permission: { reply: 'ONCE' as const } } };
  await expect(new TauriTransport().request(DecideDocument, { input })).rejects.toMatchObject({
    code: 'CONFLICT',
    extensions: { decidedBy: { name: 'iPad' } },
  });
});

test('a request that is not waited for is cancelled there', async () => {
  const stop = new AbortController();
  let refuse: (reason: unknown) => void = () => {};
  const side = rustSide({
    run: () => new Promise((_, reject) => (refuse = reject)),
    cancel: () => refuse({ kind: 'cancelled' }),
  });
  const asked = new TauriTransport().request(CurrentCursorDocument, {}, stop.signal).catch((error: unknown) => error);
  stop.abort();
  expect(isAbort(await asked)).toBe(true);
  expect(side.cancelled()).toEqual([side.called[0]?.input.call]);
});

test('a subscription gives its items in order and tells when it is open', async () => {
  const side = rustSide({});
  const transport = new TauriTransport();
  const states: string[] = [];
  transport.onSocket((state) => states.push(state));
  const { seen, ended } = watch(transport);
  await vi.waitFor(() => expect(side.watched()).toHaveLength(1));
  const [told] = side.watched();
  for (const message of [{ kind: 'open' }, event('2'), event('3'), { kind: 'end', failure: null }])
    told?.onmessage(message);
  expect(await ended).toBeNull();
  expect(seen).toEqual(['2', '3']);
  expect(states).toEqual(['open', 'closed']);
  expect(side.called[0]?.input).toMatchObject({ operation: 'Events', variables: { after: '1' } });
});

test('a subscription that breaks says so, after what came before', async () => {
  const side = rustSide({});
  const { seen, ended } = watch(new TauriTransport());
  await vi.waitFor(() => expect(side.watched()).toHaveLength(1));
  const failure = { kind: 'unreachable', message: 'the server fell silent' };
  for (const message of [{ kind: 'open' }, event('2'), { kind: 'end', failure }]) side.watched()[0]?.onmessage(message);
  expect(await ended).toBeInstanceOf(NetworkError);
  expect(seen).toEqual(['2']);
});

test('who does not watch any more gets nothing, and the Rust side is told', async () => {
  const side = rustSide({});
  const { stop, seen, ended } = watch(new TauriTransport());
  await vi.waitFor(() => expect(side.watched()).toHaveLength(1));
  side.watched()[0]?.onmessage({ kind: 'open' });
  stop.abort();
  side.watched()[0]?.onmessage(event('2'));
  expect(await ended).toBeNull();
  expect(seen).toEqual([]);
  expect(side.cancelled()).toEqual([side.called[0]?.input.call]);
});

test('asleep, all subscriptions end at once, and what is asked goes on', async () => {
  let answer: (value: unknown) => void = () => {};
  const side = rustSide({
    run: () => new Promise((resolve) => (answer = resolve)),
    cancel: ({ call }) => {
      const watched = side.called.find(({ command, input }) => command === 'watch' && input.call === call);
      (watched?.input.told as Told).onmessage({ kind: 'end', failure: { kind: 'cancelled' } });
    },
  });
  const transport = new TauriTransport();
  const states: string[] = [];
  transport.onSocket((state) => states.push(state));
  const [one, other] = [watch(transport), watch(transport)];
  await vi.waitFor(() => expect(side.watched()).toHaveLength(2));
  for (const told of side.watched()) told.onmessage({ kind: 'open' });
  await vi.waitFor(() => expect(states).toEqual(['open']));
  const asked = transport.request(CurrentCursorDocument, {});
  transport.drop();
  expect(states).toEqual(['open', 'closed']);
  expect(await one.ended).toBeInstanceOf(NetworkError);
  expect(await other.ended).toBeInstanceOf(NetworkError);
  answer({ data: { cursor: '9' } });
  expect((await asked).data.cursor).toBe('9');
});

test('one of several that ends is not the end of the connection', async () => {
  const side = rustSide({});
  const transport = new TauriTransport();
  const states: string[] = [];
  transport.onSocket((state) => states.push(state));
  const [one, other] = [watch(transport), watch(transport)];
  await vi.waitFor(() => expect(side.watched()).toHaveLength(2));
  for (const told of side.watched()) told.onmessage({ kind: 'open' });
  one.stop.abort();
  await one.ended;
  expect(states).toEqual(['open']);
  other.stop.abort();
  await other.ended;
  expect(states).toEqual(['open', 'closed']);
});

test('a file goes there as bytes, with its name beside it', async () => {
  rustSide({});
  const uploaded = { id: 'a', name: 'wäre es.png', mediaType: 'image/png', size: 3 };
  const invoked = vi.fn(async () => uploaded);
  const { __TAURI_INTERNALS__: inside } = window as unknown as { __TAURI_INTERNALS__: object };
  vi.stubGlobal('__TAURI_INTERNALS__', { ...inside, invoke: invoked });
  const content = new Uint8Array([1, 2, 3]).buffer;
  expect(await new TauriTransport().upload('wäre es.png', content)).toEqual(uploaded);
  expect(invoked).toHaveBeenCalledWith('upload', content, { headers: { name: 'w%C3%A4re%20es.png', call: '1' } });
  vi.unstubAllGlobals();
});

test('a sign-in at GitHub is begun and watched by commands of its own', async () => {
  const login = githubLogin('l');
  const side = rustSide({
    initiate_oauth: () => ({ data: { beginGithubLogin: { githubLogin: login } }, errors: null }),
    poll_oauth: () => ({ ...login, state: 'APPROVED' }),
  });
  const transport = new TauriTransport();
  expect(await transport.initiateOauth('m')).toEqual(login);
  expect((await transport.pollOauth(login, new AbortController().signal)).state).toBe('APPROVED');
  expect(side.called.map(({ input }) => input)).toEqual([
    { call: 1, clientMutationId: 'm' },
    { call: 2, seen: login },
  ]);
  const errors = [{ message: 'No app.', extensions: { code: 'CONFLICT' } }];
  rustSide({ initiate_oauth: () => ({ data: null, errors }) });
  await expect(transport.initiateOauth('m')).rejects.toMatchObject({ code: 'CONFLICT' });
});
