// As much of WebDriver as the walk needs, to the web view of the app.
import { createServer } from 'node:net';

import { expect } from '@playwright/test';

import * as programs from '../e2e/programs';
import type { Desktop } from './desktop';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** What the driver says of a page that was loaded anew while it looked. */
const GONE = /stale element reference|no such element|element not interactable|javascript error/;

export const button = (name: string) => named('button', name);
export const link = (name: string) => named('a', name);
export const field = (label: string) =>
  `//*[self::input or self::textarea][@aria-label=${quoted(label)} or @id=//label[normalize-space()=${quoted(label)}]/@for]`;
export const words = (text: string) => `//*[text()[normalize-space()=${quoted(text)}]]`;
export const part = (text: string) => `//*[text()[contains(., ${quoted(text)})]]`;

const named = (tag: string, name: string) =>
  `//${tag}[normalize-space()=${quoted(name)} or @aria-label=${quoted(name)}]`;
const quoted = (text: string) => JSON.stringify(text);

class DriverError extends Error {}

export class Driver {
  private constructor(private readonly session: string) {}

  /** Starts the app. */
  static async open(base: string): Promise<Driver> {
    const capabilities = { alwaysMatch: { 'tauri:options': { application: programs.app(), args: [] } } };
    const { sessionId } = await command<{ sessionId: string }>('POST', `${base}/session`, { capabilities });
    return new Driver(`${base}/session/${sessionId}`);
  }

  /** Ends it. */
  async close(): Promise<void> {
    await command('DELETE', this.session);
  }

  /** It has ended already. */
  async left(): Promise<void> {
    await this.close().catch(() => {});
  }

  async execute<T>(script: string): Promise<T> {
    return command<T>('POST', `${this.session}/execute/sync`, { script, args: [] });
  }

  async executeAsync<T>(script: string): Promise<T> {
    return command<T>('POST', `${this.session}/execute/async`, { script, args: [] });
  }

  async see(xpath: string, timeout = 20_000): Promise<void> {
    await expect
      .poll(() => this.#shown(xpath), { message: `${xpath} is there`, timeout, intervals: [50] })
      .not.toBeNull();
  }

  async gone(xpath: string, timeout = 20_000): Promise<void> {
    await expect.poll(() => this.#shown(xpath), { message: `${xpath} is gone`, timeout, intervals: [50] }).toBeNull();
  }

  async count(xpath: string): Promise<number> {
    return (await this.#all(xpath)).length;
  }

  async click(xpath: string): Promise<void> {
    await this.#act(xpath, 'click', {});
  }

  async type(xpath: string, text: string): Promise<void> {
    await this.#act(xpath, 'value', { text });
  }

  async value(xpath: string): Promise<string> {
    const element = await this.#shown(xpath);
    return element ? command<string>('GET', `${this.session}/element/${element}/property/value`) : '';
  }

  /** A file for a field that is not shown, as a person chooses it. */
  async choose(css: string, path: string): Promise<void> {
    const found = await command<Record<string, string>>('POST', `${this.session}/element`, {
      using: 'css selector',
      value: css,
    });
    await command('POST', `${this.session}/element/${found[ELEMENT]}/value`, { text: path });
  }

  async #act(xpath: string, verb: string, input: object): Promise<void> {
    const attempt = async () => {
      const element = await this.#shown(xpath);
      if (!element) return false;
      return tolerant(async () => {
        await command('POST', `${this.session}/element/${element}/${verb}`, input);
        return true;
      }, false);
    };
    await expect.poll(attempt, { message: `${verb} ${xpath}`, intervals: [50] }).toBe(true);
  }

  async #shown(xpath: string): Promise<string | null> {
    return tolerant(async () => {
      for (const element of await this.#all(xpath)) {
        if (await command<boolean>('GET', `${this.session}/element/${element}/displayed`)) return element;
      }
      return null;
    }, null);
  }

  async #all(xpath: string): Promise<string[]> {
    const found = await command<Record<string, string>[]>('POST', `${this.session}/elements`, {
      using: 'xpath',
      value: xpath,
    });
    return found.map((element) => element[ELEMENT] ?? '');
  }
}

async function tolerant<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DriverError && GONE.test(error.message)) return otherwise;
    throw error;
  }
}

/** Takes what a client says to WebDriver and hands it to the web view of a Tauri app; gives its address. */
export async function startDriver(desktop: Desktop): Promise<string> {
  const [port, native] = [await freePort(), await freePort()];
  desktop.spawn(programs.tauriDriver(), ['--port', String(port), '--native-port', String(native)]);
  const base = `http://127.0.0.1:${port}`;
  const isUp = () => command('GET', `${base}/status`).then(Boolean, () => false);
  await expect.poll(isUp, { message: 'tauri-driver is up' }).toBe(true);
  return base;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function command<T>(method: string, url: string, input?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(input ? { body: JSON.stringify(input) } : {}),
  });
  const { value } = (await response.json()) as { value: T & { error?: string; message?: string } };
  if (!response.ok) throw new DriverError(`${method} ${url}: ${value.error} ${value.message}`);
  return value;
}
