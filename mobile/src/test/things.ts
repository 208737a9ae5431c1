// Things as the server tells them, with what a test does not care about filled in.
import type {
  Decision,
  Event,
  GithubAccount,
  GithubLogin,
  GithubRepository,
  Message,
  Project,
  Session,
} from '../lib/api';

const AT = '2026-01-01T10:00:00Z';

export function project(id: string, more: Partial<Project> = {}): Project {
  return {
    id,
    name: id,
    slug: id,
    description: null,
    status: 'RUNNING',
    sleep: null,
    problem: null,
    operation: null,
    repository: null,
    container: null,
    server: { id: 'server', name: 'home' },
    createdAt: AT,
    updatedAt: AT,
    ...more,
  };
}

export function session(id: string, project: string, more: Partial<Session> = {}): Session {
  return {
    id,
    title: id,
    status: 'IDLE',
    activity: null,
    project: { id: project, slug: project, name: project },
    parent: null,
    forkedFrom: null,
    isForkPending: false,
    revertedTo: null,
    summaryRequestedAt: null,
    archivedAt: null,
    createdAt: AT,
    updatedAt: AT,
    ...more,
  };
}

export function permission(id: string, project: string, more: Partial<Decision> = {}): Decision {
  return {
    __typename: 'PermissionRequest',
    id,
    state: 'PENDING',
    project: { id: project, slug: project, name: project },
    session: { id: `${project}-session`, title: '' },
    rootSession: null,
    risks: ['WRITES'],
    createdAt: AT,
    decidedAt: null,
    decidedBy: null,
    isByPolicy: false,
    withdrawnBecause: null,
    expiresAt: null,
    tool: 'bash',
    patterns: ['ls'],
    command: 'ls',
    path: null,
    url: null,
    diff: null,
    isDiffCut: false,
    always: ['ls *'],
    alwaysScope: null,
    answer: null,
    ...more,
  } as Decision;
}

export function message(id: string, session: string, text: string, more: Partial<Message> = {}): Message {
  return {
    id,
    role: 'ASSISTANT',
    session: { id: session, project: { id: 'project' } },
    parts: [{ __typename: 'TextPart', id: `${id}-text`, text, isSynthetic: false, isComplete: false }],
    error: null,
    delivery: null,
    agent: null,
    model: null,
    usage: null,
    changes: [],
    createdAt: AT,
    completedAt: null,
    ...more,
  };
}

export function event(cursor: string, change: Event['change']): { events: Event } {
  return { events: { cursor, at: AT, actor: { kind: 'SERVER', device: null }, change } };
}

export function page<T>(nodes: T[], hasNextPage = false, endCursor: string | null = null) {
  return { nodes, pageInfo: { hasNextPage, endCursor } };
}

/** What `Home` answers. */
export function homeAnswer(cursor: string, projects: Project[], decisions: Decision[] = [], sessions: Session[] = []) {
  const device = { id: 'device', name: 'phone', scopes: ['ADMIN'], createdAt: AT, lastSeenAt: null, isCurrent: true };
  const withSessions = projects.map((project) => ({
    ...project,
    sessions: { nodes: sessions.filter((session) => session.project.id === project.id) },
  }));
  return {
    cursor,
    viewer: { device, scopes: ['ADMIN'], serverVersion: '0.1.0' },
    decisions: page(decisions),
    projects: page(withSessions),
    servers: [],
  };
}

export function githubAccount(more: Partial<GithubAccount> = {}): GithubAccount {
  return { login: 'octo', name: 'Octo Cat', scopes: ['repo'], connectedAt: AT, problem: null, ...more };
}

export function githubLogin(id: string, more: Partial<GithubLogin> = {}): GithubLogin {
  return {
    id,
    state: 'PENDING',
    userCode: 'WDJB-MJHT',
    verificationUrl: 'https://github.com/login/device',
    expiresAt: AT,
    problem: null,
    ...more,
  };
}

export function githubRepository(fullName: string, more: Partial<GithubRepository> = {}): GithubRepository {
  return {
    fullName,
    description: null,
    isPrivate: false,
    isFork: false,
    isArchived: false,
    defaultBranch: 'main',
    pushedAt: AT,
    cloneUrl: `https://github.com/${fullName}.git`,
    ...more,
  };
}
