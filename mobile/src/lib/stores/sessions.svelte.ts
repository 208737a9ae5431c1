import type { Session } from '../api';
import { Collection, newestFirst } from './collection.svelte';

export class Sessions extends Collection<Session> {
  readonly #ordered = $derived(newestFirst(this.all, (session) => session.updatedAt));
  readonly #present = $derived(this.#ordered.filter((session) => !session.archivedAt));
  readonly #byProject = $derived(grouped(this.#present, (session) => session.project.id));
  readonly #archived = $derived(
    grouped(
      this.#ordered.filter((session) => session.archivedAt && !session.parent),
      (session) => session.project.id,
    ),
  );
  readonly #byParent = $derived(grouped(this.#ordered, (session) => session.parent?.id));

  /** Those that were not put away, the one that changed last first; sub-agents too. */
  ofProject(project: string): Session[] {
    return this.#byProject.get(project) ?? [];
  }

  /** Those that were put away and are known here. */
  archivedOf(project: string): Session[] {
    return this.#archived.get(project) ?? [];
  }

  /** How many work. */
  get working(): number {
    return this.all.filter((session) => session.status === 'BUSY' || session.status === 'RETRYING').length;
  }

  newestOf(project: string): Session | undefined {
    return this.ofProject(project).find((session) => !session.parent);
  }

  workingOf(project: string): Session | undefined {
    return this.ofProject(project).find((session) => session.status === 'BUSY' || session.status === 'RETRYING');
  }

  childrenOf(session: string): Session[] {
    return this.#byParent.get(session) ?? [];
  }
}

function grouped(sessions: Session[], by: (session: Session) => string | undefined): Map<string, Session[]> {
  const groups = new Map<string, Session[]>();
  for (const session of sessions) {
    const key = by(session);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(session);
    else groups.set(key, [session]);
  }
  return groups;
}
