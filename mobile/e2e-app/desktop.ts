// A screen nobody sees with what a desktop has: a session bus, a window manager, notifications, and a keyring or none.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from '@playwright/test';

import { firstLine } from '../e2e/server';

const SIZE = '1280x860x24';

// Nothing is started on demand: what is not started here is not there.
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`;

export class Desktop {
  readonly folder = mkdtempSync(join(tmpdir(), 'pcc-desktop-'));
  readonly env: NodeJS.ProcessEnv;
  #children: ChildProcess[] = [];

  get #kept(): string {
    return join(this.folder, 'data', 'app.portablecommandcenter', 'kept');
  }

  private constructor(private readonly name: string) {
    this.env = { ...process.env, HOME: this.folder, LANG: 'C.UTF-8', WEBKIT_DISABLE_DMABUF_RENDERER: '1' };
    for (const [kind, folder] of [
      ['CONFIG_HOME', 'config'],
      ['DATA_HOME', 'data'],
      ['CACHE_HOME', 'cache'],
      ['STATE_HOME', 'state'],
      ['RUNTIME_DIR', 'run'],
    ]) {
      const path = join(this.folder, folder ?? '');
      mkdirSync(path, { mode: 0o700 });
      this.env[`XDG_${kind}`] = path;
    }
    writeFileSync(join(this.folder, 'bus.conf'), BUS);
  }

  static async start(name: string, options: { keyring: boolean }): Promise<Desktop> {
    const desktop = new Desktop(name);
    const screen = desktop.spawn('Xvfb', ['-displayfd', '1', '-screen', '0', SIZE, '-nolisten', 'tcp']);
    desktop.env.DISPLAY = `:${await firstLine(screen, (line) => /^\d+$/.test(line))}`;
    const config = `--config-file=${join(desktop.folder, 'bus.conf')}`;
    const bus = desktop.spawn('dbus-daemon', [config, '--nofork', '--print-address']);
    desktop.env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, (line) => line.startsWith('unix:'));
    desktop.spawn('openbox', []);
    desktop.spawn('dunst', []);
    await desktop.#owned('org.freedesktop.Notifications');
    if (options.keyring) {
      const keyring = desktop.spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets']);
      keyring.stdin?.end('a password');
      await desktop.#owned('org.freedesktop.secrets');
    }
    return desktop;
  }

  spawn(program: string, args: string[]): ChildProcess {
    const child = spawn(program, args, { env: this.env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  /** What is on the screen, as a person would see it. */
  picture(name: string): void {
    const folder = join('pictures', 'app', this.name);
    mkdirSync(folder, { recursive: true });
    execFileSync('import', ['-window', 'root', join(folder, `${name}.png`)], { env: this.env });
  }

  xdotool(...args: string[]): string {
    return execFileSync('xdotool', args, { env: this.env, encoding: 'utf8' }).trim();
  }

  /** The app's. */
  window(): string {
    const [window = ''] = this.xdotool('search', '--onlyvisible', '--name', 'Portable Command Center').split('\n');
    return window;
  }

  /** Ends the app as a system does that needs its memory. */
  killApp(): void {
    process.kill(Number(this.xdotool('getwindowpid', this.window())), 'SIGKILL');
  }

  /** Whether the app's Rust side keeps anything. */
  keeps(): boolean {
    return existsSync(this.#kept);
  }

  /** All of it as text. */
  kept(): string {
    const files = readdirSync(this.#kept, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
  }

  /** As a disk does that fails: the database, and its log, which could stand in for it. */
  spoilKept(): void {
    const current = join(this.#kept, 'current');
    for (const name of readdirSync(current)) {
      const file = openSync(join(current, name), 'r+');
      writeSync(file, Buffer.alloc(4096));
      closeSync(file);
    }
  }

  /** What was notified, the newest first. */
  notifications(): { title: string; body: string }[] {
    // Only what has left the screen is in the history.
    this.#dunst('close-all');
    const { data } = JSON.parse(this.#dunst('history')) as {
      data: { summary: { data: string }; body: { data: string } }[][];
    };
    return data.flat().map(({ summary, body }) => ({ title: summary.data, body: body.data }));
  }

  /** How many are on the screen. */
  notificationsShown(): number {
    return Number(this.#dunst('count', 'displayed'));
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #dunst(...args: string[]): string {
    return execFileSync('dunstctl', args, { env: this.env, encoding: 'utf8' }).trim();
  }

  async #owned(name: string): Promise<void> {
    const asked = ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/'];
    const question = [...asked, 'org.freedesktop.DBus.NameHasOwner', `string:${name}`];
    const isOwned = () => execFileSync('dbus-send', question, { env: this.env, encoding: 'utf8' }).includes('true');
    await expect.poll(isOwned, { message: `${name} is on the bus` }).toBe(true);
  }
}
