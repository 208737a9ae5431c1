/** Whether a key is text for what has the focus, or for a menu or sheet that is open, and so no shortcut. */
function isForField(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  return target?.closest('input, textarea, select, [contenteditable], dialog, [popover]') != null;
}

/** A key by itself: not held down, not with others, not where it writes. */
export function plainKey(event: KeyboardEvent): string | null {
  if (event.defaultPrevented || event.repeat || event.isComposing) return null;
  if (event.ctrlKey || event.metaKey || event.altKey || isForField(event)) return null;
  return event.key;
}

/** Ctrl, or the key with that task on a Mac. */
export function commandKey(event: KeyboardEvent): string | null {
  if (event.defaultPrevented || event.repeat || event.altKey || event.ctrlKey === event.metaKey) return null;
  return event.key.toLowerCase();
}
