// What becomes of a message while the agent works: behind the turn or in its place, called back, sent again.
import { fireEvent, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';

import { homeAnswer, message, permission, project } from '../../../test/things';
import { eventually, World } from '../../../test/world';
import { renderWithin } from '../../../test/within';
import type { Message } from '../../api';
import PermissionCard from '../decision/PermissionCard.svelte';
import PolicyChoice from '../project/PolicyChoice.svelte';
import Composer from './Composer.svelte';
import Delivery from './Delivery.svelte';

const A = project('a');

async function online() {
  const world = new World();
  world.transport
    .on('Home', () => homeAnswer('1', [A]))
    .on('Servers', () => ({ servers: [] }))
    .on('SendPrompt', () => new Promise(() => {}))
    .on('AbortSession', () => ({ abortSession: {} }));
  const app = await world.open();
  await eventually(() => expect(app.link.state).toBe('online'));
  const inputs = (name: string) =>
    world.transport.sent
      .filter((sent) => sent.name === name)
      .map((sent) => (sent.variables as { input: Record<string, unknown> }).input);
  return { world, app, inputs };
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });

test('while the agent works, a message waits for the end of the turn, or ends it', async () => {
  const { app, inputs } = await online();
  renderWithin(app, Composer, { project: A, session: 's', isBusy: true });
  const field = screen.getByRole<HTMLTextAreaElement>('textbox');
  const isEmptied = () => eventually(() => expect(field.value).toBe(''));
  await fireEvent.input(field, { target: { value: 'later' } });
  expect(button(/Queue/).getAttribute('aria-pressed')).toBe('false');
  await fireEvent.click(button('Send'));
  await eventually(() => expect(inputs('SendPrompt')).toMatchObject([{ whenBusy: 'QUEUE' }]));
  await isEmptied();

  await fireEvent.input(field, { target: { value: 'now' } });
  await fireEvent.click(button(/Queue/));
  await fireEvent.click(button('Send'));
  await eventually(() =>
    expect(app.outbox.entries.map(({ order }) => order.kind === 'prompt' && order.whenBusy)).toEqual([
      'QUEUE',
      'INTERRUPT',
    ]),
  );
  await isEmptied();
  await fireEvent.input(field, { target: { value: 'and then' } });
  expect(button(/Queue/), 'each message is asked about anew').toBeTruthy();
});

test('Esc stops the agent when it is pressed twice', async () => {
  const { app, inputs } = await online();
  renderWithin(app, Composer, { project: A, session: 's', isBusy: true });
  await fireEvent.keyDown(document.body, { key: 'Escape' });
  expect(app.notices.current).toContain('Esc again');
  expect(inputs('AbortSession')).toEqual([]);
  await fireEvent.keyDown(document.body, { key: 'Escape' });
  await eventually(() => expect(inputs('AbortSession')).toMatchObject([{ id: 's' }]));
});

test.each([
  ['QUEUED', 'Cancel', 'CancelPrompt', 'cancelPrompt'],
  ['FAILED', 'Try again', 'RetryPrompt', 'retryPrompt'],
  ['UNKNOWN', 'Try again', 'RetryPrompt', 'retryPrompt'],
] as const)('a message that is %s has “%s”', async (delivery, word, operation, field) => {
  const { world, app, inputs } = await online();
  const sent = message('m', 's', 'hello', { role: 'USER', delivery });
  const after: Message = { ...sent, delivery: 'CONSUMED' };
  world.transport.on(operation, () => ({ [field]: { message: after } }));
  renderWithin(app, Delivery, { message: sent });
  await fireEvent.click(button(word));
  await eventually(() => expect(inputs(operation)).toMatchObject([{ id: 'm' }]));
  await eventually(() => expect(app.chat('s').messages).toEqual([after]));
});

test('a message that the agent has seen says nothing', async () => {
  const { app } = await online();
  renderWithin(app, Delivery, { message: message('m', 's', 'hello', { role: 'USER', delivery: 'CONSUMED' }) });
  expect(screen.queryByRole('button')).toBeNull();
});

test('a key decides only while the card has the focus', async () => {
  const { app } = await online();
  const request = permission('p', 'a');
  if (request.__typename !== 'PermissionRequest') throw new Error('no permission request');
  renderWithin(app, PermissionCard, { request, count: 1 });
  await new Promise((resolve) => setTimeout(resolve, 450)); // a tap this soon is not meant for it
  await fireEvent.keyDown(document.body, { key: 'a' });
  expect(app.outbox.entries).toEqual([]);
  button('Deny').focus();
  await fireEvent.keyDown(button('Deny'), { key: 'a', repeat: true });
  expect(app.outbox.entries).toEqual([]);
  await fireEvent.keyDown(button('Deny'), { key: 'a' });
  await eventually(() =>
    expect(app.outbox.entries.map(({ order }) => order)).toMatchObject([{ answer: { permission: { reply: 'ONCE' } } }]),
  );
});

test('rules are added and removed, and what the server refuses is not shown as if it held', async () => {
  const { world, app, inputs } = await online();
  const policy = { mode: 'ASK', rules: [{ tool: 'bash', pattern: 'ls *', effect: 'ALLOW' }], waitSeconds: 77 };
  let held = policy;
  world.transport
    .on('ProjectDecisionPolicy', () => ({ project: { decisionPolicy: held } }))
    .on('SetDecisionPolicy', ({ input }: { input: typeof policy }) => {
      if (input.rules.some(({ pattern }) => pattern === 'bad')) throw new Error('No such pattern.');
      held = { mode: input.mode, rules: input.rules, waitSeconds: input.waitSeconds };
      return { setDecisionPolicy: { project: { decisionPolicy: held } } };
    });
  renderWithin(app, PolicyChoice, { project: A, isEnabled: true });
  const pattern = await screen.findByRole('textbox', { name: 'Command, file or address' });
  expect(screen.getByRole('combobox', { name: 'Refuse if nobody answers within: 77 seconds' })).toBeTruthy();

  await fireEvent.click(screen.getByRole('combobox', { name: 'Then: Allow' }));
  await fireEvent.click(screen.getByRole('option', { name: 'Deny', hidden: true }));
  await fireEvent.input(pattern, { target: { value: ' git push * ' } });
  await fireEvent.click(button('Add rule'));
  await screen.findByText('git push *');
  expect(inputs('SetDecisionPolicy').at(-1)).toMatchObject({
    mode: 'ASK',
    waitSeconds: 77,
    rules: [
      { tool: 'bash', pattern: 'ls *', effect: 'ALLOW' },
      { tool: 'bash', pattern: 'git push *', effect: 'DENY' },
    ],
  });

  await fireEvent.input(pattern, { target: { value: 'bad' } });
  await fireEvent.click(button('Add rule'));
  await screen.findByText('No such pattern.');
  expect(screen.queryByText('bad')).toBeNull();

  await fireEvent.click(button('Remove the rule for ls *'));
  await eventually(() => expect(held.rules.map((rule) => rule.pattern)).toEqual(['git push *']));
});
