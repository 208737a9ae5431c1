// What every screen may say.
import { many } from './many';

export const app = {
  app: 'Portable Command Center',

  back: 'Back',

  cancel: 'Cancel',

  tryAgain: 'Try again',

  tryNow: 'Try now',

  loading: 'Loading',

  search: 'Search',

  copy: 'Copy',

  copied: 'Copied',

  notCopied: 'This page may not use the clipboard.',

  unknown: '–',

  failed: (message: string) => `Could not load. ${message}`,

  keys: {
    title: 'Keys',
    all: [
      ['Ctrl / ⌘ K', 'Search projects'],
      ['Ctrl / ⌘ Enter', 'Send'],
      ['Esc', 'Close; then, pressed twice, stop the agent'],
      ['J  K', 'Next, previous'],
      ['[  ]', 'Previous, next changed file'],
      ['V', 'Mark the file as viewed'],
      ['C', 'Comment on the line'],
      ['A  D', 'Allow once, deny: while the card has the focus'],
      ['?', 'This list'],
    ] as const,
    escAgain: 'Press Esc again to stop the agent.',
  },

  outbox: {
    title: 'Waiting on this device',
    once: 'Sent once, in this order',
    takeBack: 'Take back',
    dropped: 'Dropped if decided elsewhere first',
    unknown: 'it was sent before this device was paired again, and may have arrived.',
    message: 'Message',
    commit: (message: string) => `Commit “${message}”`,
    create: (name: string) => `Create ${name}`,
    start: 'Start the agent',
    stop: 'Stop the agent',
    restart: 'Restart the agent',
    sleep: 'Put the agent to sleep',
    wake: 'Wake the agent',
    state: {
      waiting: 'Waiting on this device',
      sending: 'Sending…',
      unconfirmed: 'Not confirmed. Checked when back online.',
      failed: 'Failed',
    },
  },

  link: {
    offline: 'Offline',
    offlineSince: (time: string) => `Showing what was here at ${time}.`,
    reconnecting: 'Reconnecting',
    reconnectingLead: 'What you do waits and is sent then.',
    refused: 'This device has no access any more.',
    refusedLead: 'It was revoked, or the server was set up anew.',
    pairAgain: 'Pair again',
  },

  setAside: {
    title: 'Kept data was put aside',
    why: {
      damaged: 'What this device had kept was damaged.',
      newer: 'What this device had kept was written by a newer version of the app.',
    },
    rescued: (count: number) =>
      count === 0
        ? 'Drafts and messages that were not sent yet, if there were any, could not be read.'
        : `${many(count, 'draft or unsent message', 'drafts and unsent messages')} could be read and ${count === 1 ? 'is' : 'are'} here again; look whether one is missing.`,
    rest: 'Everything else comes from the server.',
    place: 'The old data is in',
    understood: 'Understood',
  },

  time: {
    now: 'now',
    minutes: (count: number) => `${count} min`,
    hours: (count: number) => `${count} h`,
    days: (count: number) => `${count} d`,
    ago: (age: string) => (age === 'now' ? 'just now' : `${age} ago`),
    in: (age: string) => (age === 'now' ? 'now' : `in ${age}`),
    seconds: (count: number) => `${count < 10 ? count.toFixed(1) : Math.round(count)} s`,
  },

  error: {
    title: 'This did not work',
    notFound: 'There is nothing here.',
    home: 'Go to Home',
    storage: 'This browser keeps nothing: allow storage for this page.',
    storageOfApp: 'This device keeps nothing for the app.',
  },
};
