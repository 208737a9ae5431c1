// Signing in to GitHub: the server does it, and a page that sleeps or dies in between finds it where it is.
import { expect, test } from 'vitest';

import { event, githubAccount, githubLogin, homeAnswer } from '../../test/things';
import { eventually, World } from '../../test/world';
import { ApiError, NetworkError } from '../api';
import type { App } from '../app.svelte';

const SETUP = { canSignIn: true, url: 'https://github.com', tokenUrl: 'https://github.com/settings/tokens/new' };

function world(account: ReturnType<typeof githubAccount> | null = null) {
  const world = new World();
  const server = { account };
  world.transport
    .on('Home', () => homeAnswer('1', []))
    .on('Servers', () => ({ servers: [] }))
    .on('Github', () => ({ githubAccount: server.account, githubSetup: SETUP }))
    .on('BeginGithubLogin', () => ({ beginGithubLogin: { githubLogin: githubLogin('l') } }))
    .on('CancelGithubLogin', () => ({ cancelGithubLogin: { githubLogin: githubLogin('l', { state: 'CANCELLED' }) } }))
    .on('DisconnectGithub', () => ({ disconnectGithub: { login: 'octo' } }));
  return { world, server };
}

/** As a screen does that shows it. */
function follow(app: App): void {
  void app.github.follow(new AbortController().signal);
}

const kept = async (world: World) => (await world.kept<{ userCode?: string }>('values')).find((row) => row.userCode);
const asked = (world: World, name: string) => world.transport.sent.filter((sent) => sent.name === name);
const told = (login: ReturnType<typeof githubLogin>) => ({ githubLogin: login });

test('a sign-in is begun, followed to its end, and read as the account', async () => {
  const { world: w, server } = world();
  const app = await w.open();
  await app.github.load();
  expect([app.github.isRead, app.github.account]).toEqual([true, null]);
  await app.github.signIn();
  expect(await kept(w)).toMatchObject({ userCode: 'WDJB-MJHT' });
  follow(app);
  const slow = githubLogin('l', { problem: { code: 'UNAVAILABLE', message: 'GitHub does not answer.' } as never });
  await w.transport.push('GithubLogin', told(githubLogin('l')));
  await w.transport.push('GithubLogin', told(slow));
  await eventually(() => expect(app.github.login?.problem?.message).toBe('GitHub does not answer.'));
  server.account = githubAccount();
  await w.transport.push('GithubLogin', told(githubLogin('l', { state: 'APPROVED' })));
  await eventually(() => expect(app.github.account?.login).toBe('octo'));
  expect(app.github.isPending).toBe(false);
  expect(await kept(w)).toBeUndefined();
});

test('over a break it is watched again, and a page that died goes on with the one that was begun', async () => {
  const { world: w } = world();
  const app = await w.open();
  await app.github.signIn();
  follow(app);
  await w.transport.push('GithubLogin', told(githubLogin('l')));
  await w.transport.fail('GithubLogin', new NetworkError('cut'));
  await eventually(() => expect(asked(w, 'GithubLogin')).toHaveLength(2));
  app.stop();

  const again = await w.open();
  await again.github.load();
  expect(again.github.login).toMatchObject({ id: 'l', state: 'PENDING' });
  follow(again);
  await eventually(() => expect(asked(w, 'GithubLogin').length).toBeGreaterThan(2));
  await w.transport.push('GithubLogin', told(githubLogin('l', { state: 'DENIED' })));
  await eventually(() => expect(again.github.login?.state).toBe('DENIED'));
  expect([await kept(w), again.github.account]).toEqual([undefined, null]);
});

test('one that the server has forgotten is begun anew by hand', async () => {
  const { world: w } = world();
  const app = await w.open();
  await app.github.signIn();
  follow(app);
  await w.transport.fail('GithubLogin', new ApiError('NOT_FOUND', 'There is no such sign-in.'));
  await eventually(() => expect(app.github.problem).toBe('There is no such sign-in.'));
  expect([app.github.login, await kept(w)]).toEqual([null, undefined]);
});

test('silence begins no second sign-in', async () => {
  const { world: w } = world();
  const app = await w.open();
  w.transport.isReachable = false;
  await expect(app.github.signIn()).rejects.toThrow(NetworkError);
  w.transport.isReachable = true;
  await app.github.signIn();
  await app.github.cancel();
  expect([app.github.login, await kept(w)]).toEqual([null, undefined]);
  await app.github.signIn();
  const ids = asked(w, 'BeginGithubLogin').map(
    ({ variables }) => (variables as { input: { clientMutationId: string } }).input.clientMutationId,
  );
  expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false]);
});

test('what another device does is seen, and a token is kept nowhere', async () => {
  const { world: w } = world();
  w.transport.on('ConnectGithub', ({ input }: { input: { token: string } }) => {
    if (input.token !== 'ghp_good') throw new ApiError('INVALID_INPUT', 'GitHub does not know this token.');
    return { connectGithub: { githubAccount: githubAccount() } };
  });
  const app = await w.open();
  await app.github.load();
  await expect(app.github.connect('ghp_bad')).rejects.toThrow('does not know');
  await app.github.connect('ghp_good');
  expect(app.github.account?.login).toBe('octo');
  expect(JSON.stringify(await w.kept('values'))).not.toContain('ghp_');
  await w.transport.push('Events', event('2', { __typename: 'GithubAccountChanged', githubAccount: null }));
  await eventually(() => expect(app.github.account).toBeNull());
});
