import { SvelteMap } from 'svelte/reactivity';

import { putValue, remove, value, type Device, type SetAside } from '../device/port';

/** What this device alone knows: how it likes to read, and what was read on it. */
export class Preferences {
  wrap = $state(true);
  /** What was kept here before could not be used, and nobody has said that they have seen it. */
  setAside: SetAside | null = $state.raw(null);
  /** By session: the `updatedAt` that was seen. */
  readonly #seen = new SvelteMap<string, string>();
  /** By project and path: the state of the change that was looked at. */
  readonly #viewed = new SvelteMap<string, string>();

  constructor(private readonly device: Device) {}

  async open(): Promise<void> {
    const [wrap, seen, viewed, setAside] = await Promise.all([
      value(this.device, 'wrap'),
      value(this.device, 'seen'),
      value(this.device, 'viewed'),
      value(this.device, 'setAside'),
    ]);
    this.wrap = wrap ?? true;
    this.setAside = setAside ?? null;
    for (const [id, at] of Object.entries(seen ?? {})) this.#seen.set(id, at);
    for (const [key, state] of Object.entries(viewed ?? {})) this.#viewed.set(key, state);
  }

  async setWrap(wrap: boolean): Promise<void> {
    this.wrap = wrap;
    await this.device.write([putValue('wrap', wrap)]);
  }

  async sawSetAside(): Promise<void> {
    this.setAside = null;
    await this.device.write([remove('values', 'setAside')]);
  }

  isUnread(session: { id: string; updatedAt: string; status: string }): boolean {
    const seen = this.#seen.get(session.id);
    return seen !== undefined && session.status === 'IDLE' && session.updatedAt > seen;
  }

  async sawSession(session: { id: string; updatedAt: string }): Promise<void> {
    if (this.#seen.get(session.id) === session.updatedAt) return;
    this.#seen.set(session.id, session.updatedAt);
    await this.device.write([putValue('seen', Object.fromEntries(this.#seen))]);
  }

  /** A change that goes on after it was looked at is not viewed any more. */
  isViewed(project: string, path: string, state: string): boolean {
    return this.#viewed.get(`${project} ${path}`) === state;
  }

  async setViewed(project: string, path: string, state: string | null): Promise<void> {
    const key = `${project} ${path}`;
    if (state === null) this.#viewed.delete(key);
    else this.#viewed.set(key, state);
    await this.device.write([putValue('viewed', Object.fromEntries(this.#viewed))]);
  }
}
