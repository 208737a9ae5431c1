// What can be asked for on this device, and how each of it is sent. All of it is safe to send again under its id.
import { ApiError, ask, type Decision, type Message, type Project, type Session, type Transport } from '../api';
import {
  CommitChangesDocument,
  CreateProjectDocument,
  CreateSessionDocument,
  DecideDocument,
  RestartProjectDocument,
  RunCommandDocument,
  SendPromptDocument,
  SleepProjectDocument,
  StartProjectDocument,
  StopProjectDocument,
  WakeProjectDocument,
  type CommitChangesMutation,
  type DecisionAnswerInput,
  type DecisionMode,
  type PromptPartInput,
  type ProjectSourceInput,
  type WhenBusy,
} from '../api/generated';
import { t } from '../i18n';
import type { DraftFile } from './draft.svelte';

export interface PromptOrder {
  kind: 'prompt';
  project: string;
  /** Null: a session is to be made for it. */
  session: string | null;
  text: string;
  whenBusy?: WhenBusy;
  agent?: string;
  model?: string;
  /** The text as a command: its name and what stands behind it. */
  command?: { name: string; arguments: string };
  files?: OrderFile[];
  /** Of the workspace. */
  paths?: string[];
}

/** A file whose content this device keeps until the server has the prompt. */
export interface OrderFile extends DraftFile {
  /** Its id at the server, once it is there. */
  uploaded?: string;
}

export interface DecideOrder {
  kind: 'decide';
  project: string;
  decision: string;
  answer: DecisionAnswerInput;
  /** What was decided about, for people. */
  about: string;
}

export interface CommitOrder {
  kind: 'commit';
  project: string;
  message: string;
  push: boolean;
}

export interface CreateOrder {
  kind: 'create';
  /** None yet. */
  project: null;
  name: string;
  source: ProjectSourceInput;
  /** What its agent need not ask. */
  mode?: DecisionMode;
  /** What is said to it first, once the project is made. */
  first?: string;
  /** Whom the first message is for. */
  agent?: string;
  model?: string;
  /** The project that came of it. */
  made?: { id: string; slug: string };
}

/** What the agent of a project shall do. */
export interface PowerOrder {
  kind: 'start' | 'stop' | 'restart' | 'sleep' | 'wake';
  project: string;
}

export type Order = PromptOrder | DecideOrder | CommitOrder | CreateOrder | PowerOrder;

/** Orders of one lane keep their order, and hold up nothing else: no decision, no other project. */
export function laneOf(order: Order): string {
  if (order.kind === 'prompt') return 'prompts';
  return order.kind === 'decide' ? 'decisions' : `work ${order.project ?? ''}`;
}

/** What becomes of an order. */
export interface Outcomes {
  /** Made for a prompt. */
  session(session: Session, order: PromptOrder): void;
  sent(message: Message): void;
  decided(decision: Decision): void;
  project(project: Project): void;
  committed(result: CommitChangesMutation['commitChanges']): void;
}

export interface Sending {
  /** The `clientMutationId`. */
  id: string;
  transport: Transport;
  signal: AbortSignal;
  outcomes: Outcomes;
  /** What is attached, by its id on this device. */
  file(id: string): Promise<ArrayBuffer | undefined>;
  /** Keeps how far it has come before it goes on. */
  keep(order: Order): Promise<void>;
}

const POWER = {
  start: StartProjectDocument,
  stop: StopProjectDocument,
  restart: RestartProjectDocument,
  sleep: SleepProjectDocument,
  wake: WakeProjectDocument,
};

/** What is to be sent in its place, if that makes something else due. */
export async function send(order: Order, sending: Sending): Promise<Order | null> {
  const { id: clientMutationId, transport, signal, outcomes } = sending;
  switch (order.kind) {
    case 'prompt':
      await prompt(order, sending);
      return null;
    case 'decide': {
      const input = { id: order.decision, answer: order.answer, clientMutationId };
      outcomes.decided((await ask(transport, DecideDocument, { input }, signal)).decide.decision);
      return null;
    }
    case 'commit': {
      const input = { project: order.project, message: order.message, push: order.push, clientMutationId };
      outcomes.committed((await ask(transport, CommitChangesDocument, { input }, signal)).commitChanges);
      return null;
    }
    case 'create': {
      const { name, source, mode, first, agent, model } = order;
      // Everything is asked where nothing is said.
      const decisionPolicy = mode && mode !== 'ASK' ? { mode } : undefined;
      const input = { name, source, decisionPolicy, clientMutationId };
      const { project } = (await ask(transport, CreateProjectDocument, { input }, signal)).createProject;
      outcomes.project(project);
      await sending.keep({ ...order, made: { id: project.id, slug: project.slug } });
      return first ? { kind: 'prompt', project: project.id, session: null, text: first, agent, model } : null;
    }
    case 'start':
    case 'stop':
    case 'restart':
    case 'sleep':
    case 'wake': {
      // The feed tells what becomes of it, and of everything else that happens to the project meanwhile.
      await ask<unknown, { input: { id: string; clientMutationId: string } }>(
        transport,
        POWER[order.kind],
        { input: { id: order.project, clientMutationId } },
        signal,
      );
      return null;
    }
  }
}

async function prompt(order: PromptOrder, sending: Sending): Promise<void> {
  const { id, transport, signal, outcomes, keep } = sending;
  let current = order;
  if (current.session === null) {
    const input = { project: current.project, clientMutationId: `${id}-session` };
    const made = (await ask(transport, CreateSessionDocument, { input }, signal)).createSession.session;
    current = { ...current, session: made.id };
    await keep(current);
    outcomes.session(made, current);
  }
  current = await uploaded(current, sending);
  try {
    outcomes.sent(await sent(current, sending));
  } catch (error) {
    // The server keeps a file for a day: it is handed over again.
    const isGone = error instanceof ApiError && error.code === 'NOT_FOUND' && current.files?.some(hasId);
    if (!isGone) throw error;
    const files = current.files?.map(({ uploaded: _, ...file }) => file);
    current = await uploaded({ ...current, files }, sending);
    outcomes.sent(await sent(current, sending));
  }
}

const hasId = (file: OrderFile) => file.uploaded !== undefined;

/** Each file is kept as uploaded before the next one is: the prompt names the same ones whenever it is sent again. */
async function uploaded(order: PromptOrder, { transport, signal, file, keep }: Sending): Promise<PromptOrder> {
  let current = order;
  for (const { id, name } of (order.files ?? []).filter((file) => !hasId(file))) {
    const content = await file(id);
    if (!content) throw new ApiError('NOT_FOUND', t.chat.fileLost(name));
    const { id: attachment } = await transport.upload(name, content, signal);
    const files = current.files?.map((other) => (other.id === id ? { ...other, uploaded: attachment } : other));
    current = { ...current, files };
    await keep(current);
  }
  return current;
}

async function sent(order: PromptOrder, { id, transport, signal }: Sending): Promise<Message> {
  const { agent, model, whenBusy, command } = order;
  const session = order.session ?? '';
  const enclosed: PromptPartInput[] = [
    ...(order.files ?? []).flatMap((file) => (file.uploaded ? [{ attachment: file.uploaded }] : [])),
    ...(order.paths ?? []).map((file) => ({ file })),
  ];
  const rest = { session, agent, model, whenBusy, clientMutationId: id };
  if (command) {
    const input = { ...rest, command: command.name, arguments: command.arguments, files: enclosed };
    return (await ask(transport, RunCommandDocument, { input }, signal)).runCommand.message;
  }
  const parts = order.text ? [{ text: order.text }, ...enclosed] : enclosed;
  return (await ask(transport, SendPromptDocument, { input: { ...rest, parts } }, signal)).sendPrompt.message;
}
