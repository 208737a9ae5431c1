// GitHub as the tests have it: a program of ours that speaks as GitHub does, and is told what people do over there.
import { spawn, type ChildProcess } from 'node:child_process';

import * as programs from './programs';
import { firstLine } from './server';

const CLIENT = 'Iv1.fake';

export type Order =
  | 'approve'
  | 'deny'
  | 'expire'
  | 'revoke'
  | { fail: { place: 'repositories' | 'user' | 'device_code' | 'access_token'; faults: object[] } };

export class FakeGithub {
  #process: ChildProcess;

  private constructor(
    process: ChildProcess,
    readonly url: string,
    /** One that somebody has made there. */
    readonly token: string,
  ) {
    this.#process = process;
  }

  static async start(): Promise<FakeGithub> {
    const process = spawn(programs.github(), ['--client-id', CLIENT, '--with-token'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    await firstLine(process, (line) => said.push(line.trim()) === 2);
    const [url = '', token = ''] = said;
    return new FakeGithub(process, url.replace(/\/$/, ''), token);
  }

  /** The settings of a server that takes it for GitHub. */
  settings(isAppKnown = true): Record<string, string> {
    return {
      // It has no certificate, and is on this machine.
      PCC_FORGE_ALLOW_HTTP: 'true',
      PCC_FORGE_ALLOW_LOOPBACK: 'true',
      PCC_GITHUB_CLIENT_ID: isAppKnown ? CLIENT : '',
      PCC_GITHUB_URL: this.url,
      PCC_GITHUB_API_URL: `${this.url}/api/v3`,
    };
  }

  async order(order: Order): Promise<void> {
    const answer = await fetch(`${this.url}/control`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  }

  stop(): void {
    this.#process.kill();
  }
}
