import { fireEvent, screen } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';

import { homeAnswer } from '../../../test/things';
import { renderWithin } from '../../../test/within';
import { eventually, World } from '../../../test/world';
import { IndexedDbDevice } from '../../device/indexed-db';
import { putValue, value } from '../../device/port';
import KeptAside from './KeptAside.svelte';

beforeEach(() => {
  // What jsdom lacks.
  HTMLDialogElement.prototype.showModal ??= vi.fn();
});

test('what was put aside is said until somebody has seen it', async () => {
  const world = new World();
  world.transport.on('Home', () => homeAnswer('1', []));
  const device = new IndexedDbDevice(world.name);
  await device.write([putValue('setAside', { why: 'damaged', place: '/kept/damaged-1', rescued: 2 })]);
  const app = await world.open();
  const aside = app.preferences.setAside;
  renderWithin(app, KeptAside, { aside });
  expect(document.body.textContent).toMatch(/was damaged\. 2 drafts and unsent messages could be read/);
  expect(document.body.textContent).toContain('/kept/damaged-1');
  app.stop();
  const again = await world.open();
  expect(again.preferences.setAside, 'nobody has seen it').toEqual(aside);
  await fireEvent.click(screen.getByRole('button', { name: 'Understood', hidden: true }));
  await eventually(async () => expect(await value(device, 'setAside')).toBeUndefined());
  expect(app.preferences.setAside).toBeNull();
});
