// What agents have used.
import { many } from './many';

export const usage = {
  usage: {
    title: 'Usage',
    lead: 'Tokens and cost, by day and session',
    leadAll: 'Tokens and cost of all projects',
    today: 'Today',
    last: (days: number) => `Last ${days} days`,
    days: 'Days shown',
    daysShort: (days: number) => `${days} days`,
    all: 'In all',
    cost: 'Cost',
    tokens: 'Tokens',
    tokensOf: (count: string) => `${count} tokens`,
    readAndWritten: (read: string, written: string) => `${read} read, ${written} written`,
    noPrice: 'What the model costs is not known.',
    ofDay: (day: string, value: string) => `${day}: ${value}`,
    chart: (what: string, days: number, sum: string, most: string) =>
      `${what} by day, last ${days} days: ${sum} in all. ${most}`,
    most: (day: string, value: string) => `Most on ${day}: ${value}.`,
    byDay: 'By day',
    day: 'Day',
    bySession: 'By session',
    others: 'Deleted and older sessions',
    nothing: 'Nothing was used yet.',
    nothingLead: 'What the agent reads and writes is counted here.',
    nothingIn: (days: number) => `Nothing was used in the last ${days} days.`,
    showDays: (count: number) => `Show all ${count} days`,
    showSessions: (count: number) => `Show ${many(count, 'more session', 'more sessions')}`,
    asOf: (time: string) => `as of ${time}`,
    offline: 'Usage is read when the server is reachable.',
    projects: 'By project',
  },
};
