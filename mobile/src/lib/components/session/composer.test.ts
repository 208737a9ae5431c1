// What goes with a message besides its text: whom it is for, commands, files.
import { fireEvent, screen, within } from '@testing-library/svelte';
import { expect, test } from 'vitest';

import { homeAnswer, message, project } from '../../../test/things';
import { eventually, World } from '../../../test/world';
import { renderWithin } from '../../../test/within';
import { ApiError, NetworkError } from '../../api';
import Composer from './Composer.svelte';

const A = project('a');

function world() {
  const world = new World();
  const agent = (name: string, mode: string, isDefault = false) => ({ name, mode, isDefault });
  const model = (name: string, provider: string) => ({ name, title: `The ${name}`, provider });
  const command = (name: string) => ({ name, description: `Does ${name}`, arguments: [] });
  let count = 0;
  world.transport
    .on('Home', () => homeAnswer('1', [A]))
    .on('Servers', () => ({ servers: [] }))
    .on('Agents', () => ({
      project: { agents: [agent('build', 'PRIMARY', true), agent('plan', 'PRIMARY'), agent('explore', 'SUBAGENT')] },
    }))
    .on('Models', () => ({ project: { models: [model('x/one', 'X'), model('y/two', 'Y')] } }))
    .on('Commands', () => ({ project: { commands: [command('init'), command('review')] } }))
    .on('upload', ({ name }: { name: string }) => ({ id: `${name} ${(count += 1)}`, name, mediaType: '', size: 1 }))
    .on('SendPrompt', () => ({ sendPrompt: { message: message('m', 's', 'hi') } }))
    .on('RunCommand', () => ({ runCommand: { message: message('m', 's', 'hi') } }));
  const inputs = (name: string) =>
    world.transport.sent
      .filter((sent) => sent.name === name)
      .map((sent) => (sent.variables as { input: Record<string, unknown> }).input);
  return { world, inputs };
}

async function composer() {
  const { world: device, inputs } = world();
  const app = await device.open();
  await eventually(() => expect(app.link.state).toBe('online'));
  renderWithin(app, Composer, { project: A, session: 's', isBusy: false });
  await eventually(() => expect(screen.getByRole('combobox', { name: 'Agent: build' })).toBeTruthy());
  const field = screen.getByRole<HTMLTextAreaElement>('textbox');
  const write = (value: string) => fireEvent.input(field, { target: { value } });
  const send = () => fireEvent.click(screen.getByRole('button', { name: 'Send' }));
  return { world: device, app, inputs, field, write, send };
}

test('a message goes to the agent and the model that were chosen, and the next one too', async () => {
  const { inputs, write, send } = await composer();
  const choose = async (which: RegExp, name: string) => {
    await fireEvent.click(screen.getByRole('combobox', { name: which }));
    // Nothing pops up here.
    const option = (name: string) => screen.queryByRole('option', { name, hidden: true });
    expect(option('explore'), 'it works for agents').toBeNull();
    await fireEvent.click(option(name) as HTMLElement);
  };
  await choose(/^Agent/, 'plan');
  await choose(/^Model/, 'The y/two');
  expect(screen.getByRole('combobox', { name: 'Agent: plan' })).toBeTruthy();
  for (const [index, text] of ['one', 'two'].entries()) {
    await write(text);
    await send();
    await eventually(() => expect(inputs('SendPrompt')).toHaveLength(index + 1));
  }
  const chosen = { session: 's', agent: 'plan', model: 'y/two' };
  expect(inputs('SendPrompt')).toMatchObject([
    { ...chosen, parts: [{ text: 'one' }] },
    { ...chosen, parts: [{ text: 'two' }] },
  ]);
});

test('a command is picked by the keys and sent as one', async () => {
  const { inputs, field, write, send } = await composer();
  await fireEvent.click(screen.getByRole('button', { name: 'Run a command' }));
  const options = () => screen.getAllByRole('option', { name: /^\// }).map((option) => option.textContent);
  await eventually(() => expect(options()).toEqual(['/initDoes init', '/reviewDoes review']));
  await write('/re');
  await eventually(() => expect(options()).toEqual(['/reviewDoes review']));
  expect(field.getAttribute('aria-activedescendant')).toBe(screen.getByRole('option', { name: /^\/review/ }).id);
  await fireEvent.keyDown(field, { key: 'Enter' });
  await eventually(() => expect(field.value).toBe('/review '));
  await write('/review HEAD~1');
  await send();
  await eventually(() =>
    expect(inputs('RunCommand')).toMatchObject([{ session: 's', command: 'review', arguments: 'HEAD~1', files: [] }]),
  );
  await write('/etc/passwd is odd');
  await send();
  await eventually(() => expect(inputs('SendPrompt')).toMatchObject([{ parts: [{ text: '/etc/passwd is odd' }] }]));
});

test('a place that was picked goes along as long as the text names it', async () => {
  const { world: device, inputs, app, write, send } = await composer();
  device.transport.on('FindFiles', () => ({ project: { findFiles: { paths: [] } } }));
  for (const path of ['c.rs', 'src/a b.rs', 'gone.rs']) app.draft('s', 'a').pointAt(path);
  await write('Why? See @src/a b.rs, mail@gone.rs (and @c.rs).');
  await send();
  await eventually(() =>
    expect(inputs('SendPrompt')).toMatchObject([
      { parts: [{ text: expect.anything() }, { file: 'c.rs' }, { file: 'src/a b.rs' }] },
    ]),
  );
});

/** The page's own File cannot be read here. */
const file = (name: string, size = 3) =>
  Object.assign(new File(['x'.repeat(size)], name, { type: 'text/plain' }), {
    arrayBuffer: async () => new ArrayBuffer(size),
  });

async function attach(...files: File[]) {
  const input = document.querySelector<HTMLInputElement>('input[type=file]');
  if (!input) throw new Error('nothing to attach by');
  await fireEvent.change(input, { target: { files } });
}

test('files are attached, taken away, and sent by their ids', async () => {
  const { world: device, inputs, app, write, send } = await composer();
  await attach(file('a.txt'), file('b.txt'), file('big.txt', 5_000_001));
  const attached = () => within(screen.getByRole('list', { name: 'Attached' })).getAllByRole('listitem').length;
  await eventually(() => expect(attached()).toBe(2));
  await eventually(() => expect(app.notices.current ?? '').toContain('5 MB'));
  await fireEvent.click(screen.getByRole('button', { name: 'Remove a.txt' }));
  await eventually(() => expect(attached()).toBe(1));
  await write('look');
  await send();
  await eventually(() =>
    expect(inputs('SendPrompt')).toMatchObject([{ parts: [{ text: 'look' }, { attachment: 'b.txt 1' }] }]),
  );
  await eventually(async () => expect(await device.kept('files'), 'the server has it').toEqual([]));
  expect(screen.queryByRole('list', { name: 'Attached' })).toBeNull();
});

test('a page that dies between file and message sends the same file again, and one that the server has forgotten anew', async () => {
  const { world: device, inputs, app, send } = await composer();
  await attach(file('a.txt'));
  await eventually(() => expect(screen.getByRole('list', { name: 'Attached' })).toBeTruthy());
  device.transport.on('SendPrompt', () => {
    throw new NetworkError('gone');
  });
  await send();
  await eventually(() => expect(inputs('SendPrompt')).toHaveLength(1));
  app.stop();

  device.transport.on('SendPrompt', ({ input }: { input: { parts: { attachment?: string }[] } }) => {
    if (input.parts[0]?.attachment === 'a.txt 1') throw new ApiError('NOT_FOUND', 'There is no such attachment.');
    return { sendPrompt: { message: message('m', 's', 'hi') } };
  });
  const again = await device.open();
  await eventually(() => expect(again.outbox.entries).toEqual([]));
  const sent = inputs('SendPrompt').map(({ parts, clientMutationId }) => ({ parts, clientMutationId }));
  const id = sent[0]?.clientMutationId;
  expect(sent).toEqual([
    { parts: [{ attachment: 'a.txt 1' }], clientMutationId: id },
    { parts: [{ attachment: 'a.txt 1' }], clientMutationId: id },
    { parts: [{ attachment: 'a.txt 2' }], clientMutationId: id },
  ]);
  expect(await device.kept('files')).toEqual([]);
});
