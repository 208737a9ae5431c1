import { ask, type Transport, type UsageSum } from '../api';
import { ProjectUsageDocument, UsageBySessionDocument, type UsageBySessionQueryVariables } from '../api/generated';
import { putValue, value, type Device } from '../device/port';
import { Resource } from './resource.svelte';

/** As many days are read, whichever are looked at. */
export const DAYS = 90;
/** Sessions in one answer, and so many answers: who has more sees the rest as one sum. */
const PAGE = 50;
const PAGES = 4;

export interface SessionUsage {
  id: string;
  title: string;
  updatedAt: string;
  usage: UsageSum;
}

/** What the agent of one project has used, as it was at a time. */
export interface ProjectUsage {
  at: number;
  all: UsageSum;
  byDay: { date: string; usage: UsageSum }[];
  /** Who used most is first. */
  sessions: SessionUsage[];
}

/** What one project has used: from the device at once, then from the server whenever that is asked for. */
export class Usage {
  readonly #fresh: Resource<ProjectUsage | null>;
  #kept: ProjectUsage | null = $state.raw(null);

  constructor(
    private readonly transport: Transport,
    private readonly device: Device,
    private readonly project: string,
  ) {
    this.#fresh = new Resource((signal) => this.#read(signal));
  }

  get data(): ProjectUsage | null {
    return this.#fresh.data ?? this.#kept;
  }

  get problem(): string | null {
    return this.#fresh.problem;
  }

  async open(): Promise<void> {
    this.#kept = (await value(this.device, `usage ${this.project}`)) ?? null;
  }

  load(): Promise<void> {
    return this.#fresh.load();
  }

  stop(): void {
    this.#fresh.stop();
  }

  async #read(signal: AbortSignal): Promise<ProjectUsage | null> {
    const by = { id: this.project };
    const utcOffset = -new Date().getTimezoneOffset();
    const [{ project }, ...sessions] = await Promise.all([
      ask(this.transport, ProjectUsageDocument, { by, days: DAYS, utcOffset }, signal),
      this.#sessions(false, signal),
      this.#sessions(true, signal),
    ]);
    if (!project) return null;
    const { all, byDay } = project;
    const read = { at: Date.now(), all, byDay, sessions: listed(sessions.flat()) };
    await this.device.write([putValue(`usage ${this.project}`, read)]);
    return read;
  }

  async #sessions(archived: boolean, signal: AbortSignal): Promise<Own[]> {
    const found: Own[] = [];
    let after: string | null = null;
    for (let page = 0; page < PAGES; page += 1) {
      const variables: UsageBySessionQueryVariables = { by: { id: this.project }, first: PAGE, after, archived };
      const { sessions } = (await ask(this.transport, UsageBySessionDocument, variables, signal)).project ?? {};
      found.push(...(sessions?.nodes ?? []));
      after = sessions?.pageInfo.endCursor ?? null;
      if (!sessions?.pageInfo.hasNextPage || !after) break;
    }
    return found;
  }
}

type Own = SessionUsage & { parent: { id: string } | null };

/** A session has what its sub-agents used, so they are not listed beside it. */
function listed(sessions: Own[]): SessionUsage[] {
  return sessions
    .filter(({ parent, usage }) => !parent && usage.answers > 0)
    .map(({ id, title, updatedAt, usage }) => ({ id, title, updatedAt, usage }))
    .toSorted((a, b) => (b.usage.costUsd ?? 0) - (a.usage.costUsd ?? 0) || tokens(b.usage) - tokens(a.usage));
}

export const NOTHING: UsageSum = {
  answers: 0,
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: null,
};

/** The cost is of those where it is known, and not known where it is of none. */
function combined(a: UsageSum, b: UsageSum, sign: 1 | -1): UsageSum {
  return {
    answers: a.answers + sign * b.answers,
    inputTokens: a.inputTokens + sign * b.inputTokens,
    outputTokens: a.outputTokens + sign * b.outputTokens,
    reasoningTokens: a.reasoningTokens + sign * b.reasoningTokens,
    cacheReadTokens: a.cacheReadTokens + sign * b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + sign * b.cacheWriteTokens,
    costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + sign * (b.costUsd ?? 0),
  };
}

export const sum = (all: UsageSum[]): UsageSum => all.reduce((one, other) => combined(one, other, 1), NOTHING);
export const rest = (all: UsageSum, known: UsageSum): UsageSum => combined(all, known, -1);

export const readTokens = (usage: UsageSum) => usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
export const writtenTokens = (usage: UsageSum) => usage.outputTokens + usage.reasoningTokens;
export const tokens = (usage: UsageSum) => readTokens(usage) + writtenTokens(usage);
