import type { Project } from '../api';
import { Collection, newestFirst } from './collection.svelte';
import type { Decisions } from './decisions.svelte';
import type { Sessions } from './sessions.svelte';

export type Mark = 'waiting' | 'working' | 'ready' | 'sleeping' | 'failed' | 'unknown' | 'moving';

export class Projects extends Collection<Project> {
  /** The one where something happened last is first. */
  readonly ordered = $derived.by(() =>
    newestFirst(this.all, (project) => {
      const session = this.sessions.newestOf(project.id);
      return session && session.updatedAt > project.updatedAt ? session.updatedAt : project.updatedAt;
    }),
  );

  constructor(
    private readonly sessions: Sessions,
    private readonly decisions: Decisions,
  ) {
    super();
  }

  bySlug(slug: string): Project | undefined {
    return this.all.find((project) => project.slug === slug);
  }

  /** What a person wants to know first: who waits for whom. */
  mark(project: Project): Mark {
    if (project.status === 'ERROR') return 'failed';
    if (this.decisions.ofProject(project.id).length > 0) return 'waiting';
    if (this.sessions.workingOf(project.id)) return 'working';
    switch (project.status) {
      case 'RUNNING':
        return 'ready';
      case 'SLEEPING':
      case 'STOPPED':
        return 'sleeping';
      default:
        return 'moving';
    }
  }
}
