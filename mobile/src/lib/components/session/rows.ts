import type { Part, ToolPart } from '../../api';

/** Looking around: neighbours of these fold into one row. */
const READS = new Set(['read', 'list']);
const SEARCHES = new Set(['grep', 'glob']);

export type Row = { id: string; kind: 'part'; part: Part } | { id: string; kind: 'fold'; parts: ToolPart[] };

function foldable(part: Part): part is ToolPart {
  return (
    part.__typename === 'ToolPart' && part.state === 'COMPLETED' && (READS.has(part.tool) || SEARCHES.has(part.tool))
  );
}

/**
 * The parts of an answer as rows. Steps are the agent's own bookkeeping; what changed in files is said once, at the end of the
 * turn; what is empty shows nothing.
 */
export function rowsOf(parts: Part[]): Row[] {
  const rows: Row[] = [];
  for (const part of parts) {
    if (part.__typename === 'StepPart' || part.__typename === 'PatchPart') continue;
    if ((part.__typename === 'TextPart' || part.__typename === 'ReasoningPart') && !part.text.trim()) continue;
    const last = rows.at(-1);
    if (foldable(part) && last?.kind === 'fold') last.parts.push(part);
    else if (foldable(part)) rows.push({ id: part.id, kind: 'fold', parts: [part] });
    else rows.push({ id: part.id, kind: 'part', part });
  }
  // One alone is no fold.
  return rows.map((row) =>
    row.kind === 'fold' && row.parts.length === 1 && row.parts[0]
      ? { id: row.id, kind: 'part', part: row.parts[0] }
      : row,
  );
}

export function counts(parts: ToolPart[]): { reads: number; searches: number } {
  const searches = parts.filter((part) => SEARCHES.has(part.tool)).length;
  return { reads: parts.length - searches, searches };
}

/** What a tool was about, in full. */
export function subject(part: ToolPart): string {
  const input = (part.input ?? {}) as Record<string, unknown>;
  for (const key of ['command', 'filePath', 'path', 'url', 'pattern', 'query', 'description']) {
    const value = input[key];
    if (typeof value === 'string' && value) return value;
  }
  return part.title ?? part.tool;
}

/** The same in one line. Agents write paths from the machine's root; on a small screen the end says more. */
export function summary(part: ToolPart): string {
  const line = subject(part).split('\n')[0] ?? '';
  const folders = line.split('/').filter(Boolean);
  return part.tool !== 'bash' && line.startsWith('/') && folders.length > 3 ? `…/${folders.slice(-3).join('/')}` : line;
}

/** Seconds it ran; null while it runs. */
export function took(part: ToolPart): number | null {
  if (!part.startedAt || !part.endedAt) return null;
  return (new Date(part.endedAt).getTime() - new Date(part.startedAt).getTime()) / 1000;
}
