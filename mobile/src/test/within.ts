import { render } from '@testing-library/svelte';
import type { Component } from 'svelte';

import type { App } from '../lib/app.svelte';
import Within from './Within.svelte';

/** Renders a component inside of an app. */
export function renderWithin(app: App, component: unknown, props: Record<string, unknown>): void {
  render(Within, { props: { app, component: component as Component<Record<string, unknown>>, props } });
}
