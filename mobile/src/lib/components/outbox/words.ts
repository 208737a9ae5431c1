import { t } from '../../i18n';
import type { OutboxEntry } from '../../stores/outbox.svelte';

/** What was asked for, in words. */
export function asked({ order }: OutboxEntry): string {
  switch (order.kind) {
    case 'prompt':
      return order.text || (order.files ?? []).map((file) => file.name).join(', ');
    case 'decide':
      return order.about;
    case 'commit':
      return t.outbox.commit(order.message);
    case 'create':
      return t.outbox.create(order.name);
    default:
      return t.outbox[order.kind];
  }
}

/** It cannot be done in a moment: there is no connection, or no answer, or it was refused. */
export function isStuck(entry: OutboxEntry, isOnline: boolean): boolean {
  return !isOnline || entry.state === 'failed' || entry.error !== null;
}
