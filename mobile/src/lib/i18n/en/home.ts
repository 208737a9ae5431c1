// The first screen, and how things stand.
import type { ProjectStatus, SleepReason } from '../../api/generated';
import type { Mark } from '../../stores/projects.svelte';

export const home = {
  home: {
    title: 'Home',
    settings: 'Settings',
    search: 'Search projects',
    needsYou: 'Needs you',
    longestFirst: 'Longest wait first',
    nothing: 'Nothing needs you.',
    projects: 'Projects',
    noProjects: 'No project yet.',
    noProjectsLead: 'A project is a git repository with an agent working in it.',
    noMatch: (text: string) => `No project is called “${text}”.`,
    new: 'New',
    newProject: 'New project',
    today: (cost: string) => `${cost} today`,
    showMore: (count: number) => `Show ${count} more`,
  },

  mark: {
    waiting: 'Waiting for you',
    working: 'Working',
    ready: 'Ready',
    sleeping: 'Stopped',
    failed: 'Failed',
    unknown: 'Unknown',
    moving: 'Busy',
  } satisfies Record<Mark, string>,

  status: {
    CREATING: 'Being created',
    STARTING: 'Starting',
    RUNNING: 'Ready',
    SLEEPING: 'Sleeping',
    STOPPING: 'Stopping',
    STOPPED: 'Stopped',
    ERROR: 'Failed',
    DELETING: 'Being deleted',
  } satisfies Record<ProjectStatus, string>,

  sleep: {
    waking: 'Waking',
    wakes: 'The agent wakes. This takes some seconds.',
    since: (time: string, because: string) => `Sleeping since ${time}, ${because}. Wakes with your next message.`,
    because: {
      IDLE: 'as nothing was asked',
      ROOM: 'to make room for another',
      ASKED: 'as was wished',
    } satisfies Record<SleepReason, string>,
  },

  session: {
    IDLE: 'Ready',
    BUSY: 'Working',
    RETRYING: 'The model failed and is asked again',
    INTERRUPTED: 'Interrupted',
  },

  server: {
    title: 'Servers',
    cpu: 'CPU',
    memory: 'Memory',
    disk: 'Disk',
    of: (used: string, total: string) => `${used} of ${total}`,
    ONLINE: 'Online',
    OFFLINE: 'Offline',
    UNKNOWN: 'Unknown',
    thisMachine: 'The machine this server runs on',
    checked: (ago: string) => `Checked ${ago}.`,
    over: (age: string) => (age === 'now' ? 'the last moments' : `the last ${age}`),
    lines: (over: string) => `The lines are ${over}, from 0 to 100 %. They are kept while the app is open.`,
    chart: (name: string, over: string, least: number, most: number) =>
      `${name} over ${over}: between ${least} % and ${most} %`,
    none: 'No server answers.',
    version: 'Server version',
  },
};
