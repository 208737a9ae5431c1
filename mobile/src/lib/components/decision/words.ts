import type { Decision, PermissionRequest } from '../../api';
import { t } from '../../i18n';

/** The sentence that asks. */
export function sentence(decision: Decision): string {
  if (decision.__typename === 'Question') return decision.prompts[0]?.question ?? t.decision.question;
  if (decision.diff !== null || decision.tool === 'edit') return t.decision.changeFile;
  if (decision.tool === 'bash') return t.decision.runCommand;
  if (decision.tool === 'external_directory') return t.decision.outside;
  if (decision.url !== null) return t.decision.fetch;
  return t.decision.use(decision.tool);
}

/** What exactly would happen, in full. */
export function exactly(request: PermissionRequest): string {
  return request.command ?? request.url ?? request.path ?? request.patterns.join('\n');
}

export function lineCount(text: string): number {
  return text.split('\n').length;
}
