// This device: pairing, settings, connection log.
import type { Scope } from '../../api/generated';
import type { LogEntry } from '../../stores/link.svelte';
import { many } from './many';

export const device = {
  pair: {
    title: 'Pair this device',
    lead: 'Open the pairing link that the server printed, or that another device shows. Or paste it here.',
    how: 'On the server, this makes a new one:',
    command: 'pcc-server pair',
    code: 'Pairing link or code',
    name: 'Name of this device',
    submit: 'Pair',
    pairing: 'Pairing…',
    already: (name: string) => `This device is already paired as ${name}.`,
    goHome: 'Go to Home',
    wrongServer: (origin: string) => `This link belongs to ${origin}. Open it there.`,
    empty: 'Paste a link or a code.',
    browserOn: (browser: string, system: string) => `${browser} on ${system}`,
    browser: 'Browser',
    link: 'Pairing link',
    emptyLink: 'Paste the whole link: it names the server.',
    exposed: (host: string) => `The connection to ${host} is not encrypted. Others on the way can read it.`,
    notKept: 'This system has no keychain for the app to use, so it has to be paired again after each start.',
    otherTitle: 'Leave the other server?',
    otherLead: (orders: number, drafts: number) => {
      const parts = [
        ...(orders > 0 ? [`${many(orders, 'thing', 'things')} that waited to be sent`] : []),
        ...(drafts > 0 ? [many(drafts, 'message that is being written', 'messages that are being written')] : []),
      ];
      return `This link is of another server than the one this device is paired with. Its data leaves this device, and ${parts.join(' and ')} will be lost.`;
    },
    otherKeep: 'Stay',
    otherLeave: 'Leave and pair',
    theApp: 'App',
    openApp: 'Open in the app',
  },

  settings: {
    title: 'Settings',
    thisDevice: 'This device',
    paired: 'Paired',
    access: 'Access',
    notKept: (problem: string) => `Until the app is closed: ${problem}`,
    may: 'May',
    devices: 'Devices with access',
    lastHere: (ago: string) => `Last here ${ago}`,
    never: 'Not here yet',
    revoke: 'End access',
    revokeTitle: (name: string) => `End the access of ${name}?`,
    revokeLead: 'What it has open ends. It can be paired again.',
    add: 'Pair another device',
    addLead: 'Open this link on the other device. It is good once, until',
    addTitle: 'Pair another device',
    signOut: 'Sign out',
    signOutTitle: 'Sign out of this device?',
    signOutLead: 'Its access ends, and everything kept on it is removed.',
    signOutWaiting: (count: number) =>
      `${many(count, 'message', 'messages')} of yours ${count === 1 ? 'was' : 'were'} not sent yet and will be lost.`,
    log: 'Connection log',
    logLead: 'What happened between this device and the server',
    graphiql: 'GraphiQL',
    graphiqlLead: 'The graph, to try',
    scope: {
      READ: 'See everything',
      STEER: 'Talk to agents',
      MANAGE: 'Create and delete projects',
      ADMIN: 'Everything, and pair devices',
    } satisfies Record<Scope, string>,
    server: 'Server',
    version: 'Version',
    address: 'Address',
  },

  log: {
    title: 'Connection log',
    empty: 'Nothing happened yet.',
    states: {
      starting: 'Starting',
      online: 'Online',
      reconnecting: 'Reconnecting',
      offline: 'Offline',
      asleep: 'Asleep',
    },
    what: {
      opened: 'Connected',
      closed: 'Connection ended',
      slept: 'Went to the background',
      woke: 'Came back',
      network: 'Network',
      read: 'Read everything',
      resumed: 'Went on from the cursor',
      resync: 'Events were missed: read everything again',
      refused: 'Access was refused',
    } satisfies Record<LogEntry['what'], string>,
    detail: { online: 'There is a network', offline: 'There is no network' } as Record<string, string>,
  },
};
