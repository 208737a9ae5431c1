import { colour, type Line } from './colours';

export interface Order {
  id: number;
  code: string;
  language: string;
}

export interface Result {
  id: number;
  lines: Line[] | null;
}

addEventListener('message', async ({ data: { id, code, language } }: MessageEvent<Order>) => {
  const lines = await colour(code, language).catch(() => null);
  postMessage({ id, lines } satisfies Result);
});
