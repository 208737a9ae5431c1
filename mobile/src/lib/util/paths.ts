// Addresses of the screens.
export const home = '/';
export const newProject = '/new';
export const settings = '/settings';
export const github = '/settings/github';
/** From there, and back to what was being made. */
export const githubForNew = '/settings/github?for=new';
export const connectionLog = '/settings/log';
export const servers = '/servers';
export const usages = '/usage';

export const project = (slug: string) => `/projects/${slug}`;
export const session = (slug: string, id: string) => `/projects/${slug}/sessions/${encodeURIComponent(id)}`;
export const newSession = (slug: string) => `/projects/${slug}/sessions/new`;
export const changes = (slug: string) => `/projects/${slug}/changes`;
export const files = (slug: string, path = '') =>
  `/projects/${slug}/files${path ? `?path=${encodeURIComponent(path)}` : ''}`;
export const file = (slug: string, path: string, line?: number) =>
  `/projects/${slug}/files/view?path=${encodeURIComponent(path)}${line ? `&line=${line}` : ''}`;
export const projectSettings = (slug: string) => `/projects/${slug}/settings`;
export const usage = (slug: string) => `/projects/${slug}/usage`;
