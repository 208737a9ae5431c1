import { createContext } from 'svelte';

import type { Account } from './access';
import type { ApiError, Transport } from './api';
import type { CommitChangesMutation } from './api/generated';
import type { Device } from './device/port';
import { t } from './i18n';
import { Chat } from './stores/chat.svelte';
import { Choices } from './stores/choices.svelte';
import { Costs } from './stores/costs.svelte';
import { Draft, hasText } from './stores/draft.svelte';
import { Decisions } from './stores/decisions.svelte';
import { Feed } from './stores/feed.svelte';
import { Github } from './stores/github.svelte';
import { Link } from './stores/link.svelte';
import { Loads } from './stores/loads.svelte';
import { NewProject } from './stores/new-project.svelte';
import { Notices } from './stores/notices.svelte';
import { Outbox, type OutboxEntry } from './stores/outbox.svelte';
import type { DecideOrder } from './stores/orders';
import { Preferences } from './stores/preferences.svelte';
import { Projects } from './stores/projects.svelte';
import { Servers } from './stores/servers.svelte';
import { Sessions } from './stores/sessions.svelte';
import { Usage } from './stores/usage.svelte';

/** What is on this device alone. */
export interface Unsent {
  orders: number;
  drafts: number;
}

/** Puts the stores together, for one account on one server. The only place that knows them all. */
export class App {
  readonly decisions = new Decisions();
  readonly sessions = new Sessions();
  readonly projects = new Projects(this.sessions, this.decisions);
  readonly servers = new Servers();
  readonly notices = new Notices();
  readonly preferences: Preferences;
  readonly link: Link;
  readonly feed: Feed;
  readonly outbox: Outbox;
  readonly costs: Costs;
  readonly loads: Loads;
  readonly github: Github;
  readonly newProject: NewProject;
  #chats = new Map<string, Chat>();
  #drafts = new Map<string, Draft>();
  #choices = new Map<string, Choices>();
  #usages = new Map<string, Usage>();
  #stop = new AbortController();

  constructor(
    readonly transport: Transport,
    readonly device: Device,
    readonly account: Account,
  ) {
    this.preferences = new Preferences(device);
    this.link = new Link(transport);
    this.feed = new Feed(transport, device, this.link, this);
    this.costs = new Costs(transport, this.link);
    this.loads = new Loads(transport, this.link);
    this.github = new Github(transport, device, this.link);
    this.newProject = new NewProject(device);
    this.outbox = new Outbox(
      transport,
      device,
      this.link,
      {
        session: (session, { project, agent = null, model = null }) => {
          this.sessions.put(session);
          if (!agent && !model) return;
          // It goes on with whom it was begun with, and the next one begins anew.
          this.draft(session.id, project).choose({ agent, model });
          this.draft(null, project).choose({ agent: null, model: null });
        },
        sent: (message) => this.#chats.get(message.session.id)?.put(message),
        decided: (decision) => this.decisions.take(decision),
        project: (project) => this.projects.put(project),
        committed: (result) => this.#committed(result),
      },
      (entry, error) => this.#late(entry, error),
      account.deviceId,
    );
  }

  /** What the device has, at once. Then what the server says, for as long as the page lives. */
  async start(): Promise<void> {
    await Promise.all([this.feed.open(), this.outbox.open(), this.preferences.open()]);
    const { signal } = this.#stop;
    this.link.watch(signal);
    addEventListener('pagehide', () => void this.#keep(), { signal });
    document.addEventListener('visibilitychange', () => void (document.hidden && this.#keep()), { signal });
    void this.feed.run(signal);
    this.#watchCosts(signal);
    void this.outbox.run(signal);
  }

  /** Asked for when the server is there again, and whenever work has ended somewhere. */
  #watchCosts(signal: AbortSignal): void {
    const stop = $effect.root(() => {
      $effect(() => {
        const isThere = this.link.state === 'online';
        void this.sessions.working;
        if (isThere) this.costs.readSoon(signal);
      });
    });
    signal.addEventListener('abort', stop);
  }

  /** The chat of a session; kept for a while after it was left, so that coming back is immediate. */
  chat(id: string): Chat {
    const chat = this.#chats.get(id) ?? this.#newChat(id);
    // The one that was used last is last.
    this.#chats.delete(id);
    this.#chats.set(id, chat);
    const oldest = this.#chats.keys().next().value;
    if (this.#chats.size > 50 && oldest) this.#chats.delete(oldest);
    return chat;
  }

  /** What it derives must outlive the screen that asked for it first. */
  #newChat(id: string): Chat {
    let chat: Chat | undefined;
    $effect.root(() => {
      chat = new Chat(id, this.transport, this.device, this.link);
    });
    return chat as unknown as Chat;
  }

  /** The message being written for a session, or for a new one of a project. Other screens add to it too. */
  draft(session: string | null, project: string): Draft {
    const key = session ?? `new ${project}`;
    let draft = this.#drafts.get(key);
    if (!draft) {
      draft = new Draft(this.device, key);
      this.#drafts.set(key, draft);
      void draft.open();
    }
    return draft;
  }

  /** What the messages of a project can be asked with, as it was last known. */
  choices(project: string): Choices {
    let choices = this.#choices.get(project);
    if (!choices) {
      choices = new Choices(this.transport, project);
      this.#choices.set(project, choices);
    }
    return choices;
  }

  /** What a project has used, as it was last known. */
  usage(project: string): Usage {
    let usage = this.#usages.get(project);
    if (!usage) {
      usage = new Usage(this.transport, this.device, project);
      this.#usages.set(project, usage);
      void usage.open();
    }
    return usage;
  }

  async unsent(): Promise<Unsent> {
    await this.#keep();
    const [orders, drafts] = await this.device.read([{ store: 'outbox' }, { store: 'drafts' }]);
    return { orders: orders.length, drafts: drafts.filter(hasText).length };
  }

  stop(): void {
    this.#stop.abort();
    this.transport.drop();
  }

  /** What it has is kept, and nothing after that: another one takes its place. */
  async leave(): Promise<void> {
    this.stop();
    // What cannot be kept any more does not hold up the one that comes.
    await this.#keep().catch((error: unknown) => console.error(error));
    await this.device.close();
  }

  async forget(): Promise<void> {
    this.stop();
    await this.device.clear();
  }

  async #keep(): Promise<void> {
    const stores = [...this.#chats.values(), ...this.#drafts.values(), this.newProject];
    await Promise.all([this.feed.flush(), ...stores.map((store) => store.keep())]);
  }

  #committed({ commit, isPushed, pushProblem }: CommitChangesMutation['commitChanges']): void {
    this.notices.say(
      pushProblem
        ? t.changes.notPushed(pushProblem)
        : isPushed
          ? t.changes.committedAndPushed(commit.subject)
          : t.changes.committed(commit.subject),
    );
  }

  #late(entry: OutboxEntry<DecideOrder>, error: ApiError): void {
    this.decisions.remove(entry.order.decision);
    const by = error.extensions.decidedBy as { name?: string } | undefined;
    this.notices.say(by?.name ? t.decision.decidedBy(by.name) : t.decision.settled);
  }
}

export const [getApp, setApp] = createContext<App>();
