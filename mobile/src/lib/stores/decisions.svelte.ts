import type { Decision } from '../api';
import { compare } from '../util/compare';
import { Collection } from './collection.svelte';

/** What waits for a person. What was decided leaves. */
export class Decisions extends Collection<Decision> {
  readonly waiting = $derived.by(() => this.all.toSorted((a, b) => compare(a.createdAt, b.createdAt)));

  take(decision: Decision): void {
    if (decision.state === 'PENDING') this.put(decision);
    else this.remove(decision.id);
  }

  ofProject(project: string): Decision[] {
    return this.waiting.filter((decision) => decision.project.id === project);
  }

  /** A sub-agent's wait shows in the session that a person talks to. */
  ofSession(session: string): Decision[] {
    return this.waiting.filter((decision) => decision.session?.id === session || decision.rootSession?.id === session);
  }
}
