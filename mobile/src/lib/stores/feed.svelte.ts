import { ApiError, ask, isAbort, type Change, type Event, type Transport, type Viewer } from '../api';
import {
  EventsDocument,
  HomeDocument,
  HomeProjectsDocument,
  DecisionsDocument,
  ServersDocument,
  SessionsDocument,
  type SessionsQueryVariables,
} from '../api/generated';
import { CACHED, put, putValue, remove, type Cached, type Device, type Values, type Write } from '../device/port';
import type { Decisions } from './decisions.svelte';
import type { Collection } from './collection.svelte';
import type { Github } from './github.svelte';
import type { Link } from './link.svelte';
import type { Projects } from './projects.svelte';
import type { Sessions } from './sessions.svelte';
import type { Servers } from './servers.svelte';

export interface Stores {
  projects: Projects;
  sessions: Sessions;
  decisions: Decisions;
  servers: Servers;
  github: Github;
}

/** Sizes that keep the first answer within what a query may cost. */
const FIRST = { decisions: 12, projects: 12 };
const PAGE = 20;
/** Most inboxes are one page. */
const DECISIONS = 50;
/** As many sessions of a project are read when it is opened. */
const SESSIONS = 50;
const SESSION_PAGES = 2;
/** After this long away, reading everything is quicker than hearing everything that happened. */
const READ_AGAIN_AFTER = 10 * 60_000;
/** Messages come with the session that shows them. */
const KINDS = [
  'PROJECT_CHANGED',
  'PROJECT_DELETED',
  'OPERATION_PROGRESSED',
  'SESSION_CHANGED',
  'SESSION_DELETED',
  'DECISION_REQUESTED',
  'DECISION_CLOSED',
  'DEVICE_CHANGED',
  'GITHUB_ACCOUNT_CHANGED',
] as const;

/**
 * Keeps the stores, and their copy on the device, what the server says: one query that reads the cursor first, then one
 * subscription from that cursor. What is kept and the cursor are written in one transaction, so that neither is ahead.
 */
export class Feed {
  /** Whether there is anything to show: from the device, or from the server. */
  isReady = $state(false);
  viewer: Viewer | null = $state.raw(null);
  /** When what is shown was last known to be right. */
  freshAt: number | null = $state(null);
  /** The server does not know this device any more. */
  isRefused = $state(false);
  devicesChanged = $state(0);
  #cursor: string | null = null;
  #writes: Write[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly device: Device,
    private readonly link: Link,
    private readonly stores: Stores,
  ) {}

  /** Shows what the device has kept. */
  async open(): Promise<void> {
    const [kept, viewer, ...all] = await this.device.read([
      { store: 'values', key: 'cursor' },
      { store: 'values', key: 'viewer' },
      ...CACHED.map((store) => ({ store })),
    ]);
    if (!kept) return;
    const { cursor, at } = kept as Values['cursor'];
    const isWhole = all.every((rows) => !(rows as unknown[]).includes(null));
    CACHED.forEach((store, index) => this.#collection(store).replace((all[index] ?? []).filter((row) => row !== null)));
    this.viewer = (viewer as Viewer | undefined) ?? null;
    // What is missing would not be heard of: all of it is read again.
    this.#cursor = isWhole ? cursor : null;
    this.freshAt = at;
    this.isReady = true;
  }

  /** Until `signal` ends, or the server refuses this device. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isRefused) {
      await this.link.turn(signal);
      if (signal.aborted) return;
      try {
        await this.#follow(signal);
      } catch (error) {
        if (isAbort(error)) return;
        if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
          this.link.note('refused');
          this.isRefused = true;
          return;
        }
        this.link.failed(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const age = Date.now() - (this.freshAt ?? 0);
    if (this.#cursor === null || age > READ_AGAIN_AFTER) {
      await this.#readAll(signal);
    } else {
      this.link.note('resumed');
      void this.#readServers(signal);
    }
    const variables = { after: this.#cursor, filter: { kinds: [...KINDS] } };
    for await (const { events } of this.transport.subscribe(EventsDocument, variables, signal)) {
      if (events.change.__typename === 'ResyncRequired') {
        this.link.note('resync', events.change.reason);
        this.#cursor = null;
        return;
      }
      this.#take(events);
    }
    // It has no end of its own.
    this.link.failed('');
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    // What waits to be written is older than what is read now.
    await this.flush();
    // What an order of this page comes to meanwhile is newer than what is asked for now.
    const newer = new Map(CACHED.map((store) => [store, this.#collection(store).watch()]));
    const { data } = await this.transport.request(HomeDocument, FIRST, signal);
    let projects = data.projects.nodes;
    for (let page = data.projects.pageInfo; page.hasNextPage;) {
      const more = await this.transport.request(HomeProjectsDocument, { first: PAGE, after: page.endCursor }, signal);
      projects = [...projects, ...more.data.projects.nodes];
      page = more.data.projects.pageInfo;
    }
    let decisions = data.decisions.nodes;
    for (let page = data.decisions.pageInfo; page.hasNextPage;) {
      const more = await this.transport.request(DecisionsDocument, { first: DECISIONS, after: page.endCursor }, signal);
      decisions = [...decisions, ...more.data.decisions.nodes];
      page = more.data.decisions.pageInfo;
    }
    const sessions = projects.flatMap((project) => project.sessions.nodes);
    // Kept rows have the shape of the fragment alone.
    const plain = projects.map(({ sessions: _sessions, ...project }) => project);
    const fresh: Record<Cached, { id: string }[]> = { projects: plain, sessions, decisions, servers: data.servers };
    for (const store of CACHED) this.#collection(store).replace(fresh[store], newer.get(store));
    this.viewer = data.viewer;
    this.#cursor = data.cursor;
    this.freshAt = Date.now();
    this.isReady = true;
    this.link.note('read', String(projects.length));
    await this.device.write([
      ...CACHED.flatMap((store): Write[] => [
        { kind: 'clear', store },
        ...fresh[store].map((item) => put(store, item as never)),
      ]),
      putValue('cursor', { cursor: data.cursor, at: this.freshAt }),
      putValue('viewer', data.viewer),
    ]);
  }

  /** What the log does not tell of. */
  async #readServers(signal: AbortSignal): Promise<void> {
    try {
      const { data } = await this.transport.request(ServersDocument, {}, signal);
      this.stores.servers.replace(data.servers);
    } catch {
      // The last sample stays, with its age.
    }
  }

  #take(event: Event): void {
    this.link.reached();
    this.#cursor = event.cursor;
    this.freshAt = Date.now();
    for (const write of this.#apply(event.change)) this.#writes.push(write);
    this.#timer ??= setTimeout(() => void this.flush(), 100);
  }

  #apply(change: Change): Write[] {
    const { projects } = this.stores;
    switch (change.__typename) {
      case 'ProjectChanged':
        return change.project ? this.#put('projects', change.project) : this.#dropProject(change.projectId);
      case 'ProjectDeleted':
        return this.#dropProject(change.projectId);
      case 'OperationProgressed': {
        const project = projects.get(change.operation?.project?.id ?? '');
        if (!project || !change.operation || project.operation?.id !== change.operation.id) return [];
        return this.#put('projects', { ...project, operation: change.operation });
      }
      case 'SessionChanged':
        return change.session ? this.#put('sessions', change.session) : this.#drop('sessions', change.sessionId);
      case 'SessionDeleted':
        return this.#drop('sessions', change.sessionId);
      case 'DecisionRequested':
      case 'DecisionClosed':
        if (change.decision?.state === 'PENDING') return this.#put('decisions', change.decision);
        return this.#drop('decisions', change.decisionId);
      case 'DeviceChanged':
        this.devicesChanged += 1;
        return [];
      case 'GithubAccountChanged':
        this.stores.github.take(change.githubAccount);
        return [];
      default:
        return [];
    }
  }

  /** What a screen has read besides: it belongs into the stores, and is kept as they are. */
  learn(store: Cached, items: { id: string }[]): void {
    for (const item of items) this.#writes.push(...this.#put(store, item));
    this.#timer ??= setTimeout(() => void this.flush(), 100);
  }

  /** The newest sessions of a project, or of those that were put away; a page costs what the server allows. */
  async readSessions(project: string, archived: boolean, signal: AbortSignal): Promise<void> {
    let after: string | null = null;
    for (let page = 0; page < SESSION_PAGES; page += 1) {
      const variables: SessionsQueryVariables = { by: { id: project }, first: SESSIONS, after, archived };
      const { sessions } = (await ask(this.transport, SessionsDocument, variables, signal)).project ?? {};
      this.learn('sessions', sessions?.nodes ?? []);
      after = sessions?.pageInfo.endCursor ?? null;
      if (!sessions?.pageInfo.hasNextPage || !after) return;
    }
  }

  #put<T extends { id: string }>(store: Cached, item: T): Write[] {
    this.#collection(store).put(item);
    return [put(store, item as never)];
  }

  #drop(store: Cached, id: string): Write[] {
    this.#collection(store).remove(id);
    // What is kept of a session's messages goes with it.
    const messages: Write[] = store === 'sessions' ? [{ kind: 'keepNewest', session: id, count: 0 }] : [];
    return [remove(store, id), ...messages];
  }

  #dropProject(id: string): Write[] {
    const { sessions, decisions } = this.stores;
    return [
      // Those that were put away too.
      ...sessions.all
        .filter((session) => session.project.id === id)
        .flatMap((session) => this.#drop('sessions', session.id)),
      ...decisions.ofProject(id).flatMap((decision) => this.#drop('decisions', decision.id)),
      ...this.#drop('projects', id),
    ];
  }

  #collection(store: Cached): Collection<{ id: string }> {
    return this.stores[store] as unknown as Collection<{ id: string }>;
  }

  /** Writes what has been heard, with the cursor. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#write()).catch((error: unknown) => console.error(error));
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const writes = this.#writes;
    if (!this.#cursor || this.freshAt === null) return;
    this.#writes = [];
    try {
      await this.device.write([...writes, putValue('cursor', { cursor: this.#cursor, at: this.freshAt })]);
    } catch (error) {
      // A later cursor must not be kept without them.
      this.#writes = [...writes, ...this.#writes];
      throw error;
    }
  }
}
