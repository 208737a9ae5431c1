// The real server as a process, with a folder of its own and a scripted model for its agents.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import * as programs from './programs';

const UP_WITHIN = 60_000;

export class TestServer {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'pcc-e2e-')));
  #model: ChildProcess | null = null;
  #server: ChildProcess | null = null;
  #listen = '127.0.0.1:0';

  private constructor(private readonly settings: Record<string, string>) {}

  static async start(settings: Record<string, string> = {}): Promise<TestServer> {
    const server = new TestServer(settings);
    await server.#startModel();
    await server.run();
    return server;
  }

  get url(): string {
    return `http://${this.#listen}`;
  }

  get #config(): string {
    return join(this.folder, 'agent.json');
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  async #startModel(): Promise<void> {
    this.#model = spawn(programs.model(), ['--config-file', this.#config, '--token-delay-ms', '15'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // It prints its address when the file is there.
    await firstLine(this.#model, () => true);
  }

  /** Starts it, at the same address as before. */
  async run(): Promise<void> {
    const log = openSync(join(this.folder, 'server.log'), 'a');
    this.#server = spawn(programs.server(), ['serve', '--data-dir', this.#data, '--listen', this.#listen], {
      stdio: ['ignore', 'pipe', log],
      env: {
        ...process.env,
        PCC_AGENT_COMMAND: programs.opencode(),
        PCC_AGENT_CONFIG: this.#config,
        PCC_FORGE_ALLOW_FILE: 'true',
        ...this.settings,
      },
    });
    const line = await firstLine(this.#server, (line) => line.includes(' is at '));
    this.#listen = line.slice(line.indexOf('http://') + 'http://'.length).trim();
  }

  /** As a power failure would, as far as a process can tell. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server || server.exitCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  /** Begins as another server, once it has ended. */
  forget(): void {
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 5 });
  }

  pairingLink(): string {
    const output = execFileSync(programs.server(), ['pair', '--data-dir', this.#data], { encoding: 'utf8' });
    const link = /http:\S+\/pair#\S+/.exec(output)?.[0];
    if (!link) throw new Error(`no pairing link in: ${output}`);
    return link.replace(/^http:\/\/[^/]+/, this.url);
  }

  /** A repository to make a project from. */
  repository(): string {
    const path = join(this.folder, 'tide-tables');
    if (existsSync(path)) return `file://${path}`;
    const git = (...args: string[]) =>
      execFileSync(
        'git',
        ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'init.defaultBranch=main', ...args],
        { stdio: 'ignore' },
      );
    git('init', path);
    const seed = `mkdir -p "$0/src" && printf '# Tide tables\\n\\nHigh and low water.\\n' > "$0/README.md" && printf 'pub fn tide(hour: u32) -> f64 {\\n    // Twice a day\\n    let phase = f64::from(hour) / 12.4;\\n    phase.sin()\\n}\\n' > "$0/src/lib.rs"`;
    execFileSync('sh', ['-c', seed, path]);
    git('-C', path, 'add', '--all');
    git('-C', path, 'commit', '-m', 'Begin');
    return `file://${path}`;
  }

  async stop(): Promise<void> {
    await this.kill();
    for (const pid of processesIn(this.folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    this.#model?.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  log(): string {
    return readFileSync(join(this.folder, 'server.log'), 'utf8');
  }
}

/** Agents outlive their server: they are known by the folder they work in. */
function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      } catch {
        return false;
      }
    });
}

/** What it says when it is ready. */
export async function firstLine(child: ChildProcess, matches: (line: string) => boolean): Promise<string> {
  if (!child.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${child.spawnfile} is not up`)), UP_WITHIN);
    child.once('exit', (status) => reject(new Error(`${child.spawnfile} ended with ${status}`)));
    lines.on('line', (line) => {
      if (!matches(line)) return;
      clearTimeout(timer);
      resolve(line);
    });
  });
}
