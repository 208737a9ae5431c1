import { MediaQuery } from 'svelte/reactivity';

/** A list beside what it leads to. */
export const isWide = new MediaQuery('min-width: 760px');
/** And a third column for what the agent changed. */
export const isWider = new MediaQuery('min-width: 1100px');
