// The figures are measured against a stand-in with much to show. Nobody runs them with every change, so that it still
// answers what the app asks is looked at here.
import { expect, test } from '@playwright/test';

import * as documents from '../src/lib/api/generated';
import { Many } from './many';

const SESSION = 'p0-s0';
const ASKED: Record<string, [document: { toString(): string }, variables: Record<string, unknown>]> = {
  pairing: [documents.RedeemPairingDocument, { input: { code: 'code', deviceName: 'phone' } }],
  home: [documents.HomeDocument, { decisions: 12, projects: 12 }],
  'more projects': [documents.HomeProjectsDocument, { first: 3 }],
  decisions: [documents.DecisionsDocument, { first: 3 }],
  costs: [documents.CostsTodayDocument, { first: 3 }],
  'a project': [documents.ProjectDetailsDocument, { by: { id: 'p0' } }],
  'its sessions': [documents.SessionsDocument, { by: { id: 'p0' }, first: 3 }],
  'a session': [documents.SessionDocument, { id: SESSION }],
  'its messages': [documents.MessagesDocument, { session: SESSION, last: 3 }],
  'its decisions': [documents.SessionDecisionsDocument, { session: SESSION }],
  'what it used': [documents.SessionUsageDocument, { session: SESSION }],
};

test('the stand-in of the figures answers what the app asks', async ({ request }) => {
  const many = await Many.start({ projects: 3, sessions: 2, messages: 10, otherMessages: 2 });
  try {
    for (const [name, [document, variables]] of Object.entries(ASKED)) {
      const answer = await request.post(`${many.url}/graphql`, { data: { query: document.toString(), variables } });
      expect(await answer.json(), name).toEqual({ data: expect.anything() });
    }
  } finally {
    await many.stop();
  }
});
