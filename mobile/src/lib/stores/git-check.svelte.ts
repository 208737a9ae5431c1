import { ask, isAbort, type Transport } from '../api';
import { CheckGitUrlDocument, type CheckGitUrlQuery } from '../api/generated';

const PAUSE = 500;

/** What the server finds at a git address. */
export class GitCheck {
  found: CheckGitUrlQuery['checkGitUrl'] | null = $state.raw(null);
  isRunning = $state(false);
  /** Why it could not look. */
  #failure: string | null = $state(null);
  /** The branch to begin from. */
  ref = $state('');

  constructor(private readonly transport: Transport) {}

  get problem(): string | null {
    return this.found?.problem?.message ?? this.#failure;
  }

  get isUsable(): boolean {
    return this.found?.isUsable ?? false;
  }

  get branches(): string[] {
    return this.found?.branches ?? [];
  }

  /** Signing in to GitHub would help. */
  get wantsGithub(): boolean {
    return this.found?.problem?.code === 'GITHUB_LOGIN_REQUIRED';
  }

  /** Another branch than a clone begins from anyway. */
  get chosenRef(): string | undefined {
    return this.ref && this.ref !== this.found?.defaultBranch ? this.ref : undefined;
  }

  /** A moment after the last key. Gives how it ends. */
  look(address: string | null, done: (address: string) => void): () => void {
    [this.found, this.#failure, this.isRunning] = [null, null, false];
    if (!address) return () => {};
    const stop = new AbortController();
    const timer = setTimeout(() => void this.#ask(address, stop.signal, done), PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }

  async #ask(url: string, signal: AbortSignal, done: (address: string) => void): Promise<void> {
    this.isRunning = true;
    try {
      this.found = (await ask(this.transport, CheckGitUrlDocument, { url }, signal)).checkGitUrl;
      this.ref = this.found.defaultBranch ?? '';
      if (this.found.isUsable) done(url);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.isRunning = false;
  }
}
