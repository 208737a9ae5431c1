import type { Decision, GithubLogin, Message, Project, Server, Session, Viewer } from '../api';
import type { KeptDraft } from '../stores/draft.svelte';
import type { KeptNewProject } from '../stores/new-project.svelte';
import type { OutboxEntry } from '../stores/outbox.svelte';
import type { ProjectUsage } from '../stores/usage.svelte';

/** What this device keeps, by store. It is a copy of what the server has, but for `outbox`, `drafts` and `values`. */
export interface Rows {
  values: Values[keyof Values];
  projects: Project;
  sessions: Session;
  decisions: Decision;
  servers: Server;
  messages: Message;
  outbox: OutboxEntry;
  /** Text alone is how earlier versions kept them. */
  drafts: KeptDraft | string;
}
export type Store = keyof Rows;

/** What the event log keeps right, and what its cursor stands beside. */
export const CACHED = ['projects', 'sessions', 'decisions', 'servers'] as const;
export type Cached = (typeof CACHED)[number];
/** What nobody else has. */
export const IRREPLACEABLE: readonly (Store | 'files')[] = ['outbox', 'drafts', 'files'];

/** Of a browser: in the app, the token is in the system's keychain. */
export interface KeptAccount {
  token: string;
  installation?: string;
  deviceId: string;
  deviceName: string;
}

export interface Values {
  account: KeptAccount;
  cursor: { cursor: string; at: number };
  viewer: Viewer;
  /** Begun here and not settled. */
  githubLogin: GithubLogin;
  newProject: KeptNewProject;
  seen: Record<string, string>;
  wrap: boolean;
  viewed: Record<string, string>;
  setAside: SetAside;
  /** What an earlier version of the app has kept elsewhere is here now. */
  isTakenOver: true;
  /** Of a project, by its id. */
  [usage: `usage ${string}`]: ProjectUsage;
}

/** What was kept could not be used, and is beside what is kept now, until a person has seen that. */
export interface SetAside {
  why: 'damaged' | 'newer';
  place: string;
  /** So many drafts and orders could be read all the same. */
  rescued: number;
}

/** A row by its key, or all rows of a store. */
export type Read<S extends Store = Store> = { store: S; key?: string };

/** What a list of reads gives, each in its place: null for a row of the cache that was too large to be kept. */
export type Answers<R extends readonly Read[]> = {
  -readonly [I in keyof R]: R[I] extends { store: infer S extends Store }
    ? R[I] extends { key: string }
      ? Rows[S] | undefined
      : (S extends Cached ? Rows[S] | null : Rows[S])[]
    : never;
};

/** Where a message stands in its session. */
export interface Place {
  session: string;
  createdAt: string;
  id: string;
}

export type Write =
  | { kind: 'put'; store: Store; key: string; row: Rows[Store] }
  /** Content of a file is removed as a row is: it goes with what it belongs to. */
  | { kind: 'remove'; store: Store | 'files'; key: string }
  | { kind: 'clear'; store: Store }
  /** Removes the messages of a session that are older than this one. */
  | { kind: 'dropOlder'; than: Place }
  /** Removes the messages of a session but for the newest. */
  | { kind: 'keepNewest'; session: string; count: number };

/**
 * Where the stores keep what has to outlive the page: IndexedDB in a browser, the Rust side in the app. What is asked for
 * first is done first, and what is read later sees it.
 */
export interface Device {
  /** All of it as it was at one moment. */
  read<const R extends readonly Read[]>(reads: R): Promise<Answers<R>>;
  /** All of it or nothing. What came from a person is safe from a power cut when this resolves. */
  write(writes: Write[]): Promise<void>;
  /** The newest messages of a session, oldest first and without a hole, without reading the others. */
  newestMessages(session: string, count: number): Promise<Message[]>;
  /** What is attached to a draft or to an order, until the server has it. */
  file(id: string): Promise<ArrayBuffer | undefined>;
  keepFile(id: string, content: ArrayBuffer): Promise<void>;
  /** Takes nothing more, once what it was given is kept: stores that end with it may still have something. */
  close(): Promise<void>;
  /** Removes everything, and takes nothing more. */
  clear(): Promise<void>;
}

/** These have no id of their own. */
type Named = 'values' | 'drafts';

export function put<S extends Exclude<Store, Named>>(store: S, row: Rows[S]): Write {
  return { kind: 'put', store, key: row.id, row };
}

export function putDraft(key: string, row: Rows['drafts']): Write {
  return { kind: 'put', store: 'drafts', key, row };
}

export function putValue<K extends keyof Values>(key: K, row: Values[K]): Write {
  return { kind: 'put', store: 'values', key, row };
}

export function remove(store: Store | 'files', key: string): Write {
  return { kind: 'remove', store, key };
}

export async function get<S extends Store>(device: Device, store: S, key: string): Promise<Rows[S] | undefined> {
  const [row] = await device.read([{ store, key }]);
  return row as Rows[S] | undefined;
}

export async function value<K extends keyof Values>(device: Device, key: K): Promise<Values[K] | undefined> {
  return (await get(device, 'values', key)) as Values[K] | undefined;
}

export function placeOf({ session, createdAt, id }: Message): Place {
  return { session: session.id, createdAt, id };
}
