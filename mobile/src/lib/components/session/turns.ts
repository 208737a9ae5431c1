// Turns: a prompt and what was answered to it.
import type { Message } from '../../api';

/** Where a turn ends that changed files: by its last message, its prompt. A prompt that waits ends no turn. */
export function changingTurns(messages: readonly Message[]): Map<string, Message> {
  const ends = new Map<string, Message>();
  let prompt: Message | null = null;
  let last: Message | null = null;
  const end = () => {
    // A message that an earlier version of the app has kept has none.
    const changes = prompt?.changes as Message['changes'] | undefined;
    if (prompt && last && changes?.length) ends.set(last.id, prompt);
  };
  for (const message of messages) {
    if (message.role === 'USER' && message.delivery !== 'QUEUED') {
      end();
      prompt = message;
      last = message;
    } else if (message.role === 'ASSISTANT') {
      last = message;
    }
  }
  end();
  return ends;
}

/** Lines added and removed, as far as they were counted. */
export function sumOf(changes: Message['changes']): { additions: number; deletions: number } {
  const sum = (count: (change: Message['changes'][number]) => number | null) =>
    changes.reduce((all, change) => all + (count(change) ?? 0), 0);
  return { additions: sum((change) => change.additions), deletions: sum((change) => change.deletions) };
}
