// What can be done with a turn once nothing runs.
import { ask, type Message } from '../../api';
import { RevertSessionDocument } from '../../api/generated';
import type { App } from '../../app.svelte';
import { newId } from '../../util/ids';
import { ownWords } from './own';

/** The agent has had this prompt, and nothing is taken from under a turn that runs. */
export function isAtRest(app: App, message: Message): boolean {
  const status = app.sessions.get(message.session.id)?.status;
  return (
    (message.delivery === null || message.delivery === 'CONSUMED') &&
    (status === 'IDLE' || status === 'INTERRUPTED') &&
    app.link.state === 'online'
  );
}

/** Takes back this prompt and all after it, with what was changed in files. Its words come back to be said otherwise. */
export async function takeBack(app: App, message: Message): Promise<void> {
  const session = message.session.id;
  // The message goes from the screen with what is asked for, and who asks with it.
  const [draft, words] = [app.draft(session, message.session.project.id), ownWords(message.parts)];
  try {
    const input = { session, message: message.id, clientMutationId: newId() };
    const { revertSession } = await ask(app.transport, RevertSessionDocument, { input });
    app.sessions.put(revertSession.session);
  } catch (error) {
    app.notices.failed(error);
    return;
  }
  // Unless something else is being written.
  if (!draft.text.trim()) draft.write(words);
}
