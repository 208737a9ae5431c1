import type { Session } from '../api';
import { Collection, newestFirst } from './collection.svelte';

export class Sessions extends Collection<Session> {
  readonly #byProject = $derived.by(() => {
    const groups = new Map<string, Session[]>();
    for (const session of newestFirst(this.all, (session) => session.updatedAt)) {
      const group = groups.get(session.project.id);
      if (group) group.push(session);
      else groups.set(session.project.id, [session]);
    }
    return groups;
  });

  /** The one that changed last first; sub-agents too. */
  ofProject(project: string): Session[] {
    return this.#byProject.get(project) ?? [];
  }

  newestOf(project: string): Session | undefined {
    return this.ofProject(project).find((session) => !session.parent);
  }

  workingOf(project: string): Session | undefined {
    return this.ofProject(project).find((session) => session.status === 'BUSY' || session.status === 'RETRYING');
  }

  childrenOf(session: string): Session[] {
    return this.all.filter((child) => child.parent?.id === session);
  }

  removeOfProject(project: string): void {
    for (const session of this.ofProject(project)) this.remove(session.id);
  }
}
