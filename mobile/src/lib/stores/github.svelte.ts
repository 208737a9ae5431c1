import { untrack } from 'svelte';

import {
  ApiError,
  ask,
  isAbort,
  NetworkError,
  type GithubAccount,
  type GithubLogin,
  type GithubSetup,
  type Transport,
} from '../api';
import {
  CancelGithubLoginDocument,
  ConnectGithubDocument,
  DisconnectGithubDocument,
  GithubDocument,
} from '../api/generated';
import { putValue, remove, value, type Device } from '../device/port';
import { newId } from '../util/ids';
import type { Link } from './link.svelte';

/**
 * The account at GitHub for which the server acts, and the sign-in that was begun here. Both are the server's: a sign-in
 * goes on while this page sleeps, and which one it was is kept for the next.
 */
export class Github {
  account: GithubAccount | null = $state.raw(null);
  setup: GithubSetup | null = $state.raw(null);
  /** Under way, or how the last one ended. */
  login: GithubLogin | null = $state.raw(null);
  isRead = $state(false);
  /** Why it could not be read, or watched. */
  problem: string | null = $state(null);
  /** The same one when it is tried again after silence. */
  #mutation = newId();

  constructor(
    private readonly transport: Transport,
    private readonly device: Device,
    private readonly link: Link,
  ) {}

  get isPending(): boolean {
    return this.login?.state === 'PENDING';
  }

  /** What the server says now, and what was begun here. */
  async load(signal?: AbortSignal): Promise<void> {
    this.login ??= (await value(this.device, 'githubLogin')) ?? null;
    try {
      const { githubAccount, githubSetup } = await ask(this.transport, GithubDocument, {}, signal);
      this.setup = githubSetup;
      this.take(githubAccount);
    } catch (error) {
      if (!isAbort(error) && !signal?.aborted) this.problem = wordsOf(error);
    }
  }

  /** As it is now, on whichever device it changed. */
  take(account: GithubAccount | null): void {
    this.account = account;
    this.isRead = true;
    this.problem = null;
  }

  async signIn(): Promise<void> {
    await this.#enter(await this.transport.initiateOauth(this.#mutation));
    this.#mutation = newId();
  }

  /** Follows the sign-in to its end; over breaks, and over the sleep of this device. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.login?.state === 'PENDING') {
      await this.link.turn(signal);
      if (signal.aborted) return;
      try {
        const next = await this.transport.pollOauth(this.login, signal);
        // It was given up here.
        if (this.login?.id !== next.id) return;
        await this.#enter(next);
        if (next.state === 'APPROVED') await this.load();
      } catch (error) {
        if (isAbort(error) || signal.aborted) return;
        if (error instanceof NetworkError) {
          this.link.failed('');
        } else {
          // The server has forgotten it, say: it is begun anew.
          if (error instanceof ApiError && error.code === 'NOT_FOUND') await this.forgetLogin();
          this.problem = wordsOf(error);
          return;
        }
      }
    }
  }

  async cancel(): Promise<void> {
    if (!this.login) return;
    const input = { id: this.login.id, clientMutationId: newId() };
    await ask(this.transport, CancelGithubLoginDocument, { input });
    await this.forgetLogin();
  }

  /** With a token that was made at GitHub. It is kept nowhere here. */
  async connect(token: string): Promise<void> {
    const input = { token, clientMutationId: newId() };
    this.take((await ask(this.transport, ConnectGithubDocument, { input })).connectGithub.githubAccount);
    await this.forgetLogin();
  }

  async signOut(): Promise<void> {
    await ask(this.transport, DisconnectGithubDocument, { input: { clientMutationId: newId() } });
    this.take(null);
    await this.forgetLogin();
  }

  /** How it ended was seen. */
  async forgetLogin(): Promise<void> {
    this.login = null;
    await this.device.write([remove('values', 'githubLogin')]);
  }

  async #enter(login: GithubLogin): Promise<void> {
    this.login = login;
    this.problem = null;
    const isPending = login.state === 'PENDING';
    await this.device.write([isPending ? putValue('githubLogin', login) : remove('values', 'githubLogin')]);
  }
}

/** As long as a screen shows it: what the server says whenever it is there, and a sign-in to its end. */
export function followGithub({ github, link }: { github: Github; link: Link }): void {
  const isOnline = $derived(link.state === 'online');
  const pending = $derived(github.isPending ? (github.login?.id ?? null) : null);
  const during = (work: (signal: AbortSignal) => Promise<void>) => {
    const stop = new AbortController();
    void untrack(() => work(stop.signal));
    return () => stop.abort();
  };
  $effect(() => (isOnline ? during((signal) => github.load(signal)) : undefined));
  $effect(() => (pending ? during((signal) => github.follow(signal)) : undefined));
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
