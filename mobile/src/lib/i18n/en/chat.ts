// Talking to an agent.
import { many } from './many';

export const chat = {
  chat: {
    empty: 'What should be done?',
    noSession: 'The first message begins a session.',
    sessions: 'Sessions',
    newSession: 'New session',
    untitled: 'New session',
    other: 'Other projects',
    subagent: (title: string) => `Sub-agent: ${title}`,
    message: 'Message',
    placeholder: 'Ask, or describe a change',
    placeholderBusy: 'Message, sent after this turn',
    placeholderOffline: 'Message, sent when back online',
    send: 'Send',
    sendLater: 'Keep, and send when online',
    stop: 'Stop the agent',
    interrupted: 'The agent was restarted in the middle of this turn.',
    continue: 'Go on',
    earlier: 'Show earlier messages',
    newest: 'Jump to newest',
    you: 'You',
    agent: 'Agent',
    thought: 'Thought',
    working: 'Working',
    carriesOn: 'The agent carries on. The rest appears here.',
    queue: 'Queue',
    interrupt: 'Interrupt',
    whenBusy: 'While the agent works',
    cancelPrompt: 'Cancel',
    retryPrompt: 'Try again',
    delivery: {
      QUEUED: 'Sent. The agent gets it when it can.',
      SENT: 'Sent',
      CONSUMED: '',
      FAILED: 'The agent did not take it',
      UNKNOWN: 'Not known whether the agent has it',
    },
    rename: 'Rename',
    remove: 'Delete session',
    removeTitle: (title: string) => `Delete “${title}”?`,
    removeLead: 'All its messages go, here and at the agent.',
    title: 'Title',
    save: 'Save',
    actions: 'Session actions',
    gone: 'This session is gone.',
    folded: (reads: number, searches: number) =>
      [
        reads > 0 ? `Read ${many(reads, 'file', 'files')}` : '',
        searches > 0
          ? `${reads > 0 ? 'searched' : 'Searched'} ${searches === 1 ? 'once' : searches === 2 ? 'twice' : `${searches} times`}`
          : '',
      ]
        .filter(Boolean)
        .join(', '),
    toolFailed: 'failed',
    running: 'Runs',
    outputCut: 'The beginning is cut away.',
    showAll: (count: number) => `Show all ${count} lines`,
    patch: (count: number) => `Changed ${many(count, 'file', 'files')}`,
    attached: 'Attached file',
    unread: 'Not read yet',
  },
};
