import { expect, test } from 'vitest';

import { homeAnswer, message, permission, project, session } from '../../test/things';
import { eventually, World } from '../../test/world';
import { ApiError, NetworkError } from '../api';

function world(): World {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', [project('a')], [permission('p', 'a')]));
  world.transport.on('Servers', () => ({ servers: [] }));
  return world;
}

interface Prompt {
  input: { clientMutationId: string; session: string; parts: { text: string }[] };
}

const prompts = (world: World) =>
  world.transport.sent.filter((sent) => sent.name === 'SendPrompt').map((sent) => (sent.variables as Prompt).input);
const prompt = (text: string, session: string | null = 's') => ({
  kind: 'prompt' as const,
  project: 'a',
  session,
  text,
});
const taken = ({ input }: Prompt) => ({
  sendPrompt: { message: message(input.clientMutationId, input.session, input.parts[0]?.text ?? '') },
});
const once = {
  kind: 'decide' as const,
  project: 'a',
  decision: 'p',
  answer: { permission: { reply: 'ONCE' as const } },
  about: 'ls',
};

test('a prompt is sent once and leaves', async () => {
  const w = world();
  w.transport.on('SendPrompt', taken);
  const app = await w.open();
  await app.outbox.add(prompt('hello'));
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(prompts(w)).toHaveLength(1);
  expect(await w.kept('outbox')).toEqual([]);
});

test('what was written offline survives the page, keeps its order and is sent once each', async () => {
  const w = world();
  w.transport.on('SendPrompt', taken);
  w.transport.isReachable = false;
  const app = await w.open();
  for (const text of ['one', 'two', 'three']) await app.outbox.add(prompt(text));
  app.stop();
  expect(await w.kept('outbox')).toHaveLength(3);

  w.transport.sent.length = 0;
  w.transport.isReachable = true;
  const again = await w.open();
  await eventually(() => expect(again.outbox.entries).toEqual([]));
  expect(prompts(w).map((input) => input.parts[0]?.text)).toEqual(['one', 'two', 'three']);
});

test('an answer that was lost makes it send the same again, under the same id', async () => {
  const w = world();
  let isLost = true;
  w.transport.on('SendPrompt', (variables: Prompt) => {
    if (!isLost) return taken(variables);
    isLost = false;
    throw new NetworkError('cut');
  });
  const app = await w.open();
  const entry = await app.outbox.add(prompt('hello'));
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(prompts(w).map((input) => input.clientMutationId)).toEqual([entry.id, entry.id]);
});

const CREATE = { kind: 'create' as const, project: null, name: 'Tides', source: { empty: true } };
const created = () => ({ createProject: { project: project('new'), operation: null } });
const inputs = (world: World, name: string) =>
  world.transport.sent
    .filter((sent) => sent.name === name)
    .map((sent) => (sent.variables as { input: Record<string, unknown> }).input);

test('the first message follows its project, once, whenever the page dies', async () => {
  const w = world();
  w.transport.isReachable = false;
  const app = await w.open();
  const entry = await app.outbox.add({ ...CREATE, mode: 'ALLOW_EDITS', first: 'hello', agent: 'plan' });
  app.stop();

  // The project is made, and its answer is lost with the page.
  w.transport.isReachable = true;
  let isLost = true;
  w.transport.on('CreateProject', () => {
    if (!isLost) return created();
    isLost = false;
    throw new NetworkError('cut');
  });
  w.transport.on('CreateSession', () => ({ createSession: { session: session('s', 'new') } }));
  let isReached = false;
  w.transport.on('SendPrompt', (variables: Prompt) => {
    isReached = true;
    return variables.input.session === 's' && isLost ? taken(variables) : new Promise(() => {});
  });
  const second = await w.open();
  await eventually(() => expect(isReached).toBe(true));
  second.stop();
  expect(await w.kept<{ order: unknown }>('outbox')).toMatchObject([
    { id: `${entry.id}-next`, order: { kind: 'prompt', project: 'new', text: 'hello' } },
  ]);

  w.transport.on('SendPrompt', taken);
  const third = await w.open();
  await eventually(() => expect(third.outbox.entries).toEqual([]));
  const made = { name: 'Tides', decisionPolicy: { mode: 'ALLOW_EDITS' }, clientMutationId: entry.id };
  expect(inputs(w, 'CreateProject').filter((input) => input.clientMutationId !== entry.id)).toEqual([]);
  expect(inputs(w, 'CreateProject').at(-1)).toMatchObject(made);
  expect(new Set(prompts(w).map((input) => input.clientMutationId))).toEqual(new Set([`${entry.id}-next`]));
  expect(prompts(w).at(-1)).toMatchObject({ parts: [{ text: 'hello' }], agent: 'plan' });
  expect(await w.kept('outbox')).toEqual([]);
});

test('a session goes on with the agent that it was begun with, and the next one begins anew', async () => {
  const w = world();
  w.transport.on('CreateSession', () => ({ createSession: { session: session('s', 'p') } }));
  w.transport.on('SendPrompt', taken);
  const app = await w.open();
  app.draft(null, 'p').choose({ agent: 'plan', model: 'a/b' });
  await app.outbox.add({ ...prompt('hello'), project: 'p', session: null, agent: 'plan', model: 'a/b' });
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(app.draft('s', 'p').choice).toEqual({ agent: 'plan', model: 'a/b' });
  expect(app.draft(null, 'p').choice).toEqual({ agent: null, model: null });
});

test('a project of which nothing is said asks everything, and is followed by nothing', async () => {
  const w = world();
  w.transport.on('CreateProject', created);
  const app = await w.open();
  await app.outbox.add({ ...CREATE, mode: 'ASK' });
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(inputs(w, 'CreateProject')[0]?.decisionPolicy).toBeUndefined();
  expect(prompts(w)).toEqual([]);
});

test('what was being sent when the page ended is not taken back', async () => {
  const w = world();
  w.transport.on('SendPrompt', () => new Promise(() => {}));
  const app = await w.open();
  const { id } = await app.outbox.add(prompt('hello'));
  await eventually(() => expect(app.outbox.entries[0]?.state).toBe('sending'));
  await app.outbox.takeBack(id);
  expect(app.outbox.entries).toHaveLength(1);
  app.stop();
  w.transport.on('SendPrompt', taken);
  const again = await w.open();
  await eventually(() => expect(again.outbox.entries).toEqual([]));
  expect(prompts(w).map((input) => input.clientMutationId)).toEqual([id, id]);
});

test('what was sent before this device was paired again may have arrived: it is not sent again by itself', async () => {
  const w = world();
  for (const name of ['SendPrompt', 'StopProject']) w.transport.on(name, () => new Promise(() => {}));
  const app = await w.open();
  const { id } = await app.outbox.add(prompt('hello'));
  await app.outbox.add({ kind: 'stop', project: 'a' });
  await eventually(() => expect(app.outbox.entries.map(({ state }) => state)).toEqual(['sending', 'sending']));
  app.stop();
  w.transport.sent.length = 0;
  w.transport.on('SendPrompt', taken).on('StopProject', () => ({ stopProject: {} }));
  const again = await w.open('another');
  // Stopping twice is stopping.
  await eventually(() => expect(again.outbox.entries).toMatchObject([{ id, state: 'failed' }]));
  expect(prompts(w)).toEqual([]);
  await again.outbox.tryAgain(id);
  await eventually(() => expect(again.outbox.entries).toEqual([]));
  expect(prompts(w).map((input) => input.clientMutationId)).not.toContain(id);
});

test('a prompt without a session makes one, once', async () => {
  const w = world();
  let tries = 0;
  const made: string[] = [];
  w.transport.on('CreateSession', ({ input }: Prompt) => {
    made.push(input.clientMutationId);
    return { createSession: { session: session('new', 'a') } };
  });
  w.transport.on('SendPrompt', (variables: Prompt) => {
    tries += 1;
    if (tries === 1) throw new NetworkError('cut');
    return taken(variables);
  });
  const app = await w.open();
  await app.outbox.add(prompt('hello', null));
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(made).toHaveLength(1);
  expect(prompts(w).map((input) => input.session)).toEqual(['new', 'new']);
});

test('a refusal stays with its text and its reason, and can be tried again under another id', async () => {
  const w = world();
  w.transport.on('SendPrompt', () => {
    throw new ApiError('LIMIT_EXCEEDED', 'Too long.');
  });
  const app = await w.open();
  const { id } = await app.outbox.add(prompt('hello'));
  await eventually(() => expect(app.outbox.entries[0]).toMatchObject({ state: 'failed', error: 'Too long.' }));
  w.transport.on('SendPrompt', taken);
  await app.outbox.tryAgain(id);
  await eventually(() => expect(app.outbox.entries).toEqual([]));
  expect(new Set(prompts(w).map((input) => input.clientMutationId)).size).toBe(2);
});

test('a decision leaves the inbox; a later one says who was first', async () => {
  const w = world();
  w.transport.on('Decide', () => ({ decide: { decision: permission('p', 'a', { state: 'DECIDED' }) } }));
  const app = await w.open();
  await eventually(() => expect(app.decisions.size).toBe(1));
  await app.outbox.add(once);
  await eventually(() => expect(app.decisions.size).toBe(0));

  app.decisions.put(permission('p', 'a'));
  w.transport.on('Decide', () => {
    throw new ApiError('CONFLICT', 'Decided.', { decidedBy: { name: 'iPad' } });
  });
  await app.outbox.add(once);
  await eventually(() => expect(app.notices.current).toBe('Already decided on iPad.'));
  expect([app.decisions.size, app.outbox.entries.length]).toEqual([0, 0]);
});

test('a prompt that waits holds up no decision', async () => {
  const w = world();
  w.transport.on('SendPrompt', () => {
    throw new ApiError('UNAVAILABLE', 'Later.', { retryAfter: 60 });
  });
  w.transport.on('Decide', () => ({ decide: { decision: permission('p', 'a', { state: 'DECIDED' }) } }));
  const app = await w.open();
  await app.outbox.add(prompt('hello'));
  await eventually(() => expect(app.outbox.entries[0]?.error).toBe('Later.'));
  await app.outbox.add(once);
  await eventually(() => expect(app.outbox.entries.map(({ order }) => order.kind)).toEqual(['prompt']));
  expect(app.decisions.size).toBe(0);
});

test('without access nothing is lost, and nothing is asked again', async () => {
  const w = world();
  w.transport.on('SendPrompt', () => {
    throw new ApiError('UNAUTHENTICATED', 'No access.');
  });
  const app = await w.open();
  await app.outbox.add(prompt('one'));
  await app.outbox.add(prompt('two'));
  await eventually(() => expect(app.outbox.entries[0]).toMatchObject({ state: 'waiting', error: 'No access.' }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([prompts(w).length, app.outbox.entries.length]).toEqual([1, 2]);
});
