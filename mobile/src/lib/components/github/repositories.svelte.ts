import { ask, isAbort, type GithubRepository, type Transport } from '../../api';
import { GithubRepositoriesDocument } from '../../api/generated';

const PAGE = 30;

/** The repositories that the account reaches and whose names have some words in them, page by page. */
export class Repositories {
  /** Null before the first answer. */
  found: GithubRepository[] | null = $state.raw(null);
  hasMore = $state(false);
  isLoading = $state(false);
  problem: string | null = $state(null);
  #search = '';
  #after: string | null = null;
  #stop = new AbortController();

  constructor(private readonly transport: Transport) {}

  /** From the beginning. What was found before stays until there is an answer. */
  async search(words: string): Promise<void> {
    this.#search = words.trim();
    this.#after = null;
    await this.#read([]);
  }

  async more(): Promise<void> {
    await this.#read(this.found ?? []);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The newest order wins. */
  async #read(before: GithubRepository[]): Promise<void> {
    this.stop();
    const { signal } = (this.#stop = new AbortController());
    this.isLoading = true;
    try {
      const variables = { search: this.#search || null, first: PAGE, after: this.#after };
      const page = (await ask(this.transport, GithubRepositoriesDocument, variables, signal)).githubRepositories;
      if (signal.aborted) return;
      const known = new Set(before.map(({ fullName }) => fullName));
      this.found = [...before, ...page.nodes.filter(({ fullName }) => !known.has(fullName))];
      this.#after = page.pageInfo.endCursor;
      this.hasMore = page.pageInfo.hasNextPage;
      this.problem = null;
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isLoading = false;
  }
}
