// The page's side of the highlighter, which is started when the first code is shown.
import type { Line } from './colours';
import type { Order, Result } from './highlight.worker';

export type { Kind, Line, Piece } from './colours';

/** Beyond this, colours cost more than they help. */
const LONGEST = 200_000;

let worker: Worker | undefined;
let count = 0;
const waiting = new Map<number, (lines: Line[] | null) => void>();

function start(): Worker {
  const worker = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<Result>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  });
  // Its file could not be had: code stays without colours, and the next one is tried anew.
  worker.addEventListener('error', stop);
  return worker;
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
  for (const done of waiting.values()) done(null);
  waiting.clear();
}

/** Lines in pieces; null where the language is not known or the text is too long. */
export function highlight(code: string, language: string | null | undefined): Promise<Line[] | null> {
  if (!language || code.length > LONGEST || typeof Worker === 'undefined') return Promise.resolve(null);
  worker ??= start();
  const order: Order = { id: (count += 1), code, language };
  const lines = new Promise<Line[] | null>((resolve) => waiting.set(order.id, resolve));
  worker.postMessage(order);
  return lines;
}
