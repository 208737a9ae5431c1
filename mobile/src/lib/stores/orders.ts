// What can be asked for on this device, and how each of it is sent. All of it is safe to send again under its id.
import { ask, type Decision, type Message, type Project, type Session, type Transport } from '../api';
import {
  CommitChangesDocument,
  CreateProjectDocument,
  CreateSessionDocument,
  DecideDocument,
  RestartProjectDocument,
  SendPromptDocument,
  StartProjectDocument,
  StopProjectDocument,
  type CommitChangesMutation,
  type DecisionAnswerInput,
  type ProjectSourceInput,
  type WhenBusy,
} from '../api/generated';

export interface PromptOrder {
  kind: 'prompt';
  project: string;
  /** Null: a session is to be made for it. */
  session: string | null;
  text: string;
  whenBusy?: WhenBusy;
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
  /** The project that came of it. */
  made?: { id: string; slug: string };
}

/** What the agent of a project shall do. */
export interface PowerOrder {
  kind: 'start' | 'stop' | 'restart';
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
  session(session: Session): void;
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
  /** Keeps how far it has come before it goes on. */
  keep(order: Order): Promise<void>;
}

const POWER = { start: StartProjectDocument, stop: StopProjectDocument, restart: RestartProjectDocument };

export async function send(order: Order, sending: Sending): Promise<void> {
  const { id: clientMutationId, transport, signal, outcomes } = sending;
  switch (order.kind) {
    case 'prompt':
      return prompt(order, sending);
    case 'decide': {
      const input = { id: order.decision, answer: order.answer, clientMutationId };
      outcomes.decided((await ask(transport, DecideDocument, { input }, signal)).decide.decision);
      return;
    }
    case 'commit': {
      const input = { project: order.project, message: order.message, push: order.push, clientMutationId };
      outcomes.committed((await ask(transport, CommitChangesDocument, { input }, signal)).commitChanges);
      return;
    }
    case 'create': {
      const input = { name: order.name, source: order.source, clientMutationId };
      const { project } = (await ask(transport, CreateProjectDocument, { input }, signal)).createProject;
      outcomes.project(project);
      return sending.keep({ ...order, made: { id: project.id, slug: project.slug } });
    }
    case 'start':
    case 'stop':
    case 'restart': {
      // The feed tells what becomes of it, and of everything else that happens to the project meanwhile.
      await ask<unknown, { input: { id: string; clientMutationId: string } }>(
        transport,
        POWER[order.kind],
        { input: { id: order.project, clientMutationId } },
        signal,
      );
    }
  }
}

async function prompt(order: PromptOrder, { id, transport, signal, outcomes, keep }: Sending): Promise<void> {
  let { session } = order;
  if (session === null) {
    const input = { project: order.project, clientMutationId: `${id}-session` };
    const made = (await ask(transport, CreateSessionDocument, { input }, signal)).createSession.session;
    session = made.id;
    await keep({ ...order, session });
    outcomes.session(made);
  }
  const input = { session, parts: [{ text: order.text }], whenBusy: order.whenBusy, clientMutationId: id };
  outcomes.sent((await ask(transport, SendPromptDocument, { input }, signal)).sendPrompt.message);
}
