// A server that has much, and only says it: the schema's own types over things made up here, for figures that need 500
// projects or 10,000 messages. It serves the built app as the real one does.
import { readFileSync, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { extname, join, normalize } from 'node:path';

import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

import { answer, prompt, tokens, type Text } from './words';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'mobile/dist');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
const NOW = Date.parse('2026-01-01T12:00:00Z');
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString();
const SERVER = {
  __typename: 'Server',
  id: 'server',
  name: 'home',
  address: '',
  host: 'PROCESS',
  status: 'ONLINE',
  problems: [],
};

const USAGE = {
  answers: 0,
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: null,
};

export interface Sizes {
  projects: number;
  /** Sessions of the first project. */
  sessions: number;
  /** Messages of its first session, and of the others. */
  messages: number;
  otherMessages: number;
}

interface Args {
  first?: number;
  last?: number;
  after?: string;
  before?: string;
}

export const messageId = (session: string, index: number) => `${session}-m${String(index).padStart(6, '0')}`;

function connection<T>(nodes: T[], { first, last, after, before }: Args) {
  let [start, end] = [after ? Number(after) + 1 : 0, before ? Number(before) : nodes.length];
  if (first) end = Math.min(end, start + first);
  if (last) start = Math.max(start, end - last);
  const pageInfo = {
    startCursor: String(start),
    endCursor: String(end - 1),
    hasNextPage: end < nodes.length,
    hasPreviousPage: start > 0,
  };
  return { nodes: nodes.slice(start, end), pageInfo, totalCount: nodes.length };
}

/** What a watcher has not taken yet. */
class Queue {
  #items: unknown[] = [];
  #wake = () => {};

  push(item: unknown): void {
    this.#items.push(item);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class Many {
  readonly #schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
  readonly #projects: ReturnType<Many['project']>[];
  readonly #watchers = new Map<string, Queue>();
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  private constructor(private readonly sizes: Sizes) {
    this.#projects = Array.from({ length: sizes.projects }, (_, index) => this.project(index));
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#sockets = new WebSocketServer({ server: this.#http, path: '/graphql' });
    useServer({ schema: this.#schema, roots: { query: this.#root, subscription: this.#root } }, this.#sockets);
  }

  static async start(sizes: Sizes): Promise<Many> {
    const many = new Many(sizes);
    many.#http.listen(0, '127.0.0.1');
    await once(many.#http, 'listening');
    return many;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  pairingLink(): string {
    return `${this.url}/pair#code`;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  /** An answer grows by so many tokens in each second. */
  async stream(session: string, perSecond: number, seconds: number): Promise<void> {
    const watcher = this.#watchers.get(session);
    if (!watcher) throw new Error(`nobody watches ${session}`);
    const id = `${session}-grows`;
    const empty = this.#message(session, id, 'ASSISTANT', 0, []);
    const text = { __typename: 'TextPart', id: `${id}-text`, text: '', isSynthetic: false, isComplete: false };
    watcher.push({ __typename: 'MessageChanged', messageId: id, message: { ...empty, parts: [text] } });
    const begun = performance.now();
    let [sent, offset] = [0, 0];
    for (const token of tokens(perSecond * seconds)) {
      while (sent >= ((performance.now() - begun) / 1000) * perSecond) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      watcher.push({ __typename: 'TextAppended', messageId: id, partId: text.id, offset, text: token });
      offset += token.length;
      sent += 1;
    }
  }

  readonly #root = {
    cursor: '1',
    viewer: { device: this.#device, scopes: ['ADMIN'], serverVersion: '0.1.0' },
    servers: [SERVER],
    decisions: (args: Args) => connection([], args),
    operations: (args: Args) => connection([], args),
    projects: (args: Args) => connection(this.#projects, args),
    project: ({ by }: { by: { id?: string; slug?: string } }) =>
      this.#projects.find((project) => project.id === by.id || project.slug === by.slug) ?? null,
    session: ({ id }: { id: string }) => this.#session(id),
    redeemPairing: () => ({ token: 'token', device: this.#device, installation: 'many' }),
    events: () => new Queue(),
    serverResources: () => new Queue(),
    sessionStream: ({ session }: { session: string }) => this.#watch(session),
  };

  get #device() {
    return { __typename: 'Device', id: 'device', name: 'phone', scopes: ['ADMIN'], createdAt: at(0), isCurrent: true };
  }

  async *#watch(id: string) {
    const watcher = new Queue();
    this.#watchers.set(id, watcher);
    const session = this.#session(id);
    const messages = session.messages({ last: 30 }).nodes;
    yield { sessionStream: { __typename: 'SessionSnapshot', session, messages, cursor: '1' } };
    for await (const sessionStream of watcher) yield { sessionStream };
  }

  private project(index: number) {
    const id = `p${index}`;
    const count = index === 0 ? this.sizes.sessions : 1;
    return {
      __typename: 'Project',
      id,
      slug: `project-${index}`,
      name: `project-${index}`,
      status: index % 3 === 0 ? 'RUNNING' : 'STOPPED',
      server: SERVER,
      repository: { forge: 'LOCAL', cloneUrl: `file:///repositories/${id}.git`, defaultBranch: 'main' },
      createdAt: at(index + 1),
      updatedAt: at(index + 1),
      sleepSetting: { isOwn: false, serverAfterSeconds: 1800, afterSeconds: 1800 },
      decisionPolicy: { mode: 'ASK', rules: [] },
      usage: USAGE,
      usageToday: USAGE,
      usageByDay: [],
      sessions: (args: Args) =>
        connection(
          Array.from({ length: count }, (_, number) => this.#session(`${id}-s${number}`)),
          args,
        ),
    };
  }

  #session(id: string) {
    const [project, number] = id.split('-s');
    const slug = `project-${project?.slice(1)}`;
    const isLong = id === 'p0-s0';
    const count = isLong ? this.sizes.messages : this.sizes.otherMessages;
    return {
      __typename: 'Session',
      id,
      title: `Session ${number}`,
      status: 'IDLE',
      project: { id: project, slug, name: slug },
      createdAt: at(Number(number) + 60),
      updatedAt: at(Number(number)),
      isForkPending: false,
      todos: [],
      changes: [],
      usage: USAGE,
      decisions: (args: Args) => connection([], args),
      messages: (args: Args) => {
        const page = connection(
          Array.from({ length: count }, (_, index) => index),
          args,
        );
        return { ...page, nodes: page.nodes.map((index) => this.#nth(id, index, count)) };
      },
    };
  }

  #nth(session: string, index: number, count: number) {
    const id = messageId(session, index);
    const isPrompt = index % 2 === 0;
    const texts = [...(isPrompt ? [prompt(index)] : answer(index)), { text: `End of ${id}.` }];
    return this.#message(session, id, isPrompt ? 'USER' : 'ASSISTANT', count - index, texts);
  }

  #message(session: string, id: string, role: string, minutesAgo: number, texts: Text[]) {
    const parts = texts.map((part, index) =>
      'text' in part
        ? { __typename: 'TextPart', id: `${id}-${index}`, text: part.text, isSynthetic: false, isComplete: true }
        : {
            __typename: 'ToolPart',
            id: `${id}-${index}`,
            tool: 'bash',
            state: 'COMPLETED',
            input: { command: part.command },
            output: part.output,
            isOutputCut: false,
          },
    );
    const created = at(minutesAgo);
    const project = { id: session.split('-s')[0] };
    return {
      __typename: 'Message',
      id,
      role,
      session: { id: session, project },
      parts,
      changes: [],
      createdAt: created,
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = normalize(new URL(request.url ?? '/', this.url).pathname);
    if (path === '/graphql') {
      const { query, variables } = (await json(request)) as { query: string; variables: Record<string, unknown> };
      const result = await graphql({
        schema: this.#schema,
        source: query,
        variableValues: variables,
        rootValue: this.#root,
      });
      response.setHeader('content-type', 'application/graphql-response+json').end(JSON.stringify(result));
      return;
    }
    const wanted = join(dist, path);
    const file = extname(path) && existsSync(wanted) ? wanted : join(dist, 'index.html');
    const isPacked = existsSync(`${file}.gz`);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader(
      'cache-control',
      path.startsWith('/_app/immutable/') ? 'max-age=31536000, immutable' : 'no-cache',
    );
    if (isPacked) response.setHeader('content-encoding', 'gzip');
    response.end(readFileSync(isPacked ? `${file}.gz` : file));
  }
}
