// Signing in at GitHub. The server does it; here it is begun and watched, by the ways that every transport has.
import { ask } from '.';
import { NetworkError } from './errors';
import { BeginGithubLoginDocument, GithubLoginDocument } from './generated';
import type { Transport } from './transport';
import type { GithubLogin } from './types';

type Ways = Pick<Transport, 'request' | 'subscribe'>;

export async function initiate(ways: Ways, clientMutationId: string): Promise<GithubLogin> {
  const { beginGithubLogin } = await ask(ways, BeginGithubLoginDocument, { input: { clientMutationId } });
  return beginGithubLogin.githubLogin;
}

export async function poll(ways: Ways, seen: GithubLogin, signal: AbortSignal): Promise<GithubLogin> {
  for await (const { githubLogin } of ways.subscribe(GithubLoginDocument, { id: seen.id }, signal)) {
    if (!isSame(githubLogin, seen)) return githubLogin;
  }
  signal.throwIfAborted();
  throw new NetworkError('The connection was lost.');
}

function isSame(one: GithubLogin, other: GithubLogin): boolean {
  const facts = ({ state, userCode, expiresAt, problem }: GithubLogin) =>
    [state, userCode, expiresAt, problem?.code, problem?.message].join('\n');
  return facts(one) === facts(other);
}
