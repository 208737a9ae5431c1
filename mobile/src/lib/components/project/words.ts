import type { Project } from '../../api';
import { t } from '../../i18n';
import type { Mark } from '../../stores/projects.svelte';

/** The word beside the mark. While something is under way, it says what. */
export function stateWord(project: Project, mark: Mark): string {
  if (mark === 'waiting' || mark === 'working') return t.mark[mark];
  if (project.status === 'STARTING' && project.sleep?.wakingSince) return t.sleep.waking;
  return t.status[project.status];
}
