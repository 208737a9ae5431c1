import { createContext } from 'svelte';

import type { Project } from '../../api';

/** Where the screens of a project are: the project, and the session that belongs to the eye. */
export interface Place {
  readonly project: Project | null;
  readonly session: string | null;
}

export const [getPlace, setPlace] = createContext<Place>();
