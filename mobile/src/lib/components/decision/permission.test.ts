import { fireEvent, screen } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';

import { homeAnswer, permission, project } from '../../../test/things';
import { renderWithin } from '../../../test/within';
import { eventually, World } from '../../../test/world';
import type { PermissionRequest } from '../../api';
import PermissionCard from './PermissionCard.svelte';

beforeEach(() => {
  // What jsdom lacks.
  HTMLDialogElement.prototype.showModal ??= vi.fn();
  HTMLDialogElement.prototype.close ??= vi.fn();
});

async function card(more: Partial<PermissionRequest> = {}) {
  const world = new World();
  const request = permission('p', 'a', more) as PermissionRequest;
  world.transport.on('Home', () => homeAnswer('1', [project('a')], [request]));
  world.transport.on('Decide', () => new Promise(() => {}));
  const app = await world.open();
  await eventually(() => expect(app.link.state).toBe('online'));
  renderWithin(app, PermissionCard, { request, count: 1 });
  return { world, app };
}

const decided = (world: World) =>
  world.transport.sent
    .filter((sent) => sent.name === 'Decide')
    .map((sent) => (sent.variables as { input: { answer: unknown } }).input.answer);
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
const later = () => new Promise((resolve) => setTimeout(resolve, 450));

test('a tap that lands as the card arrives does nothing; a later one decides, once', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(10_000);
  const { world } = await card();
  now.mockReturnValue(10_399);
  await fireEvent.click(button('Allow once'));
  expect(button('Allow once').disabled).toBe(false);
  expect(decided(world)).toEqual([]);
  now.mockReturnValue(10_400);
  await fireEvent.click(button('Allow once'));
  await eventually(() => expect(button('Allowing…').disabled).toBe(true));
  await fireEvent.click(button('Allowing…'));
  await eventually(() => expect(decided(world)).toEqual([{ permission: { reply: 'ONCE' } }]));
});

test('Deny stands before Allow, and both name the command', async () => {
  await card({ command: 'rm -rf target' });
  const [deny, allow] = [button('Deny'), button('Allow once')];
  expect(deny.compareDocumentPosition(allow) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  for (const each of [deny, allow]) {
    const what = document.getElementById(each.getAttribute('aria-describedby') ?? '');
    expect(what?.textContent).toContain('rm -rf target');
  }
});

test('what is long is allowed after it was shown', async () => {
  await card({ command: Array.from({ length: 31 }, (_, index) => `echo ${index}`).join('\n') });
  await eventually(() => expect(button('Allow once').disabled).toBe(true));
  expect(button('Deny').disabled).toBe(false);
  await fireEvent.click(button('Show all 31 lines'));
  await eventually(() => expect(button('Allow once').disabled).toBe(false));
  expect(document.body.textContent).toContain('echo 30');
});

test('always names its pattern and is a step of its own', async () => {
  const { world } = await card({ always: ['cargo test *'], alwaysScope: 'Until the agent is restarted.' });
  await later();
  await fireEvent.click(button(/^Always allow cargo test \*/));
  expect(decided(world)).toEqual([]);
  expect(screen.getByText('Until the agent is restarted.')).toBeTruthy();
  const buttons = screen.getAllByRole('button', { name: 'Always allow', hidden: true });
  await fireEvent.click(buttons.at(-1) as HTMLElement);
  await eventually(() => expect(decided(world)).toEqual([{ permission: { reply: 'ALWAYS' } }]));
});
