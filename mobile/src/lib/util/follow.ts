import { goto } from '$app/navigation';

/** What the device has is there sooner than this, or is not waited for. */
const PATIENCE = 50;
let last: MouseEvent | undefined;

/**
 * For links between things that a person goes to and fro between. SvelteKit waits for a frame before it follows a link;
 * here the next frame has what the link leads to, which `isThere` may be waited for a moment with: so it is drawn once,
 * not first without it. What keys and other buttons do with links stays the browser's.
 */
export function follow(
  event: MouseEvent & { currentTarget: HTMLAnchorElement },
  isThere: Promise<unknown> = Promise.resolve(),
): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!isPlain || event.defaultPrevented) return;
  event.preventDefault();
  last = event;
  const { href } = event.currentTarget;
  const go = () => {
    clearTimeout(timer);
    // Who has chosen something else meanwhile goes there, and once.
    if (last !== event) return;
    last = undefined;
    void goto(href, { keepFocus: true, replaceState: href === location.href });
  };
  const timer = setTimeout(go, PATIENCE);
  isThere.then(go, go);
}
