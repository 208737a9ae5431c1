// What becomes of a message that is being written when it is sent, whenever the page dies.
import { expect, test } from 'vitest';

import { homeAnswer, project } from '../../test/things';
import { eventually, World } from '../../test/world';
import { IndexedDbDevice } from '../device/indexed-db';
import type { Write } from '../device/port';

/** A page that dies once it has written an order: nothing of what it does after that is kept. */
class Dying extends IndexedDbDevice {
  isDead = false;
  onorder = () => {};

  override async write(writes: Write[]): Promise<void> {
    if (this.isDead) return;
    const hasOrder = writes.some((write) => write.kind === 'put' && write.store === 'outbox');
    if (hasOrder) this.onorder();
    await super.write(writes);
    if (hasOrder) this.isDead = true;
  }
}

let count = 0;

async function page() {
  const name = `draft-${(count += 1)}`;
  const device = new Dying(name);
  const world = new World(async () => device);
  world.transport.on('Home', () => homeAnswer('1', [project('a')])).on('Servers', () => ({ servers: [] }));
  world.transport.isReachable = false;
  const app = await world.open();
  const draft = app.draft('s', 'a');
  draft.write('Hello');
  await draft.keep();
  const send = () =>
    draft.handOver((left) => app.outbox.add({ kind: 'prompt', project: 'a', session: 's', text: draft.text }, left));
  const kept = () => new IndexedDbDevice(name).read([{ store: 'outbox' }, { store: 'drafts' }]);
  return { app, draft, device, send, kept };
}

test('killed as soon as the order is kept, the text is in it and not in the draft', async () => {
  const { send, kept } = await page();
  await send();
  expect(await kept()).toMatchObject([[{ order: { kind: 'prompt' } }], []]);
});

test('killed before the order is kept, the text is in the draft and in no order', async () => {
  const { device, send, kept } = await page();
  device.onorder = () => {
    device.isDead = true;
    throw new Error('killed');
  };
  await expect(send()).rejects.toThrow('killed');
  expect(await kept()).toMatchObject([[], [{ text: 'Hello' }]]);
});

test('what is written while the order is kept is another message', async () => {
  const { draft, send, kept } = await page();
  const sent = send();
  draft.write('And');
  await draft.keep();
  await sent;
  expect(draft.text).toBe('And');
  expect((await kept())[1]).toMatchObject([{ text: 'And' }]);
});

test('an order that could not be kept gives the text back, before what was written since', async () => {
  const { draft, device, send, kept } = await page();
  device.onorder = () => {
    draft.write('And');
    throw new Error('full');
  };
  await expect(send()).rejects.toThrow('full');
  expect(draft.text).toBe('Hello\n\nAnd');
  await eventually(async () => expect(await kept()).toMatchObject([[], [{ text: 'Hello\n\nAnd' }]]));
});
