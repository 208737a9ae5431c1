import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiError, NetworkError } from './errors';
import { CurrentCursorDocument, EventsDocument } from './generated';
import { WebTransport } from './web';

/** A socket whose other end a test plays. */
class FakeSocket {
  static last: FakeSocket;
  static readonly OPEN = 1;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  sent: { type: string; id?: string; payload?: Record<string, unknown> }[] = [];

  constructor(readonly url: string) {
    FakeSocket.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string): void {
    const message = JSON.parse(text) as { type: string };
    this.sent.push(message);
    if (message.type === 'connection_init') setTimeout(() => this.say({ type: 'connection_ack' }));
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close(code = 1000, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.(new CloseEvent('close', { code, reason, wasClean: true }));
  }
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function watch(transport: WebTransport) {
  const stop = new AbortController();
  const seen: string[] = [];
  const ended = (async () => {
    for await (const { events } of transport.subscribe(EventsDocument, { after: '1' }, stop.signal))
      seen.push(events.cursor);
    return null;
  })().catch((error: unknown) => error);
  return { stop, seen, ended };
}

test('the token goes into the first message, and results come out', async () => {
  const { seen, stop, ended } = watch(new WebTransport('https://pcc.example.org', () => 'a-token'));
  await vi.advanceTimersByTimeAsync(10);
  const socket = FakeSocket.last;
  expect(socket.url).toBe('wss://pcc.example.org/graphql');
  expect(socket.sent[0]).toEqual({ type: 'connection_init', payload: { token: 'a-token' } });
  const id = socket.sent[1]?.id;
  socket.say({ id, type: 'next', payload: { data: { events: { cursor: '2' } } } });
  await vi.advanceTimersByTimeAsync(10);
  expect(seen).toEqual(['2']);
  stop.abort();
  await vi.advanceTimersByTimeAsync(10);
  expect(await ended).toBeNull();
  expect(socket.sent.at(-1)).toEqual({ id, type: 'complete' });
});

test('a half-open socket is found within 20 s, and one that answers is kept', async () => {
  const states: string[] = [];
  const transport = new WebTransport('http://localhost', () => null);
  transport.onSocket((state) => states.push(state));
  const { ended } = watch(transport);
  await vi.advanceTimersByTimeAsync(10);
  const socket = FakeSocket.last;
  for (let round = 0; round < 6; round += 1) {
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.sent.at(-1)?.type).toBe('ping');
    socket.say({ type: 'pong' });
  }
  expect(states).toEqual(['open']);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(states).toEqual(['open', 'closed']);
  expect(await ended).toBeInstanceOf(NetworkError);
});

test('a token that does not hold any more is told as such', async () => {
  const { ended } = watch(new WebTransport('http://localhost', () => 'old'));
  await vi.advanceTimersByTimeAsync(10);
  FakeSocket.last.close(4403, 'Forbidden');
  await vi.advanceTimersByTimeAsync(10);
  expect(await ended).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('requests carry the token in their header and give errors by code', async () => {
  vi.useRealTimers();
  const answers: unknown[] = [
    { data: { cursor: '1' } },
    { errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN' } }] },
    { data: { cursor: '1' }, errors: [{ message: 'Away.', extensions: { code: 'UNAVAILABLE', retryAfter: 3 } }] },
  ];
  const fetched = vi.fn(async (_url: URL, _options: RequestInit) => new Response(JSON.stringify(answers.shift())));
  vi.stubGlobal('fetch', fetched);
  const transport = new WebTransport('http://localhost', () => 'a-token');
  expect((await transport.request(CurrentCursorDocument, {})).data.cursor).toBe('1');
  expect(fetched.mock.calls[0]?.[1].headers).toMatchObject({ authorization: 'Bearer a-token' });
  await expect(transport.request(CurrentCursorDocument, {})).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const partial = await transport.request(CurrentCursorDocument, {});
  expect(partial.errors[0]).toBeInstanceOf(ApiError);
  expect(partial.errors[0]?.retryAfter).toBe(3);
  fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'));
  await expect(transport.request(CurrentCursorDocument, {})).rejects.toBeInstanceOf(NetworkError);
});
