// The server as this page needs it: redeem a pairing code, look whether a token holds, run operations.
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';

const url = new URL('/graphql', location.href);
const socketUrl = new URL(url);
socketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';

const REDEEM = `mutation ($code: String!, $name: String!) {
  redeemPairing(input: { code: $code, deviceName: $name }) { token }
}`;

function authorization(token) {
  return token ? { authorization: `Bearer ${token}` } : {};
}

async function post(body, token, headers) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization(token), ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

/** The token for a one-time pairing code. */
export async function redeem(code) {
  const { answer } = await post({ query: REDEEM, variables: { code, name: 'GraphiQL' } });
  const token = answer.data?.redeemPairing?.token;
  if (!token) {
    throw new Error(answer.errors?.[0]?.message ?? 'The server gave no token for this code.');
  }
  return token;
}

/** Whether the server knows the token. */
export async function holds(token) {
  return (await post({ query: '{ __typename }' }, token)).status !== 401;
}

/** By the text that is sent: what the editor knows of it lags behind what is typed. */
function subscribes(query, operationName) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false; // The server says what is wrong with it.
  }
}

/** Operations of this page: subscriptions by WebSocket, everything else by POST. */
export function createFetcher(token) {
  const sockets = createClient({
    url: socketUrl.href,
    connectionParams: token ? { token } : undefined,
    retryAttempts: 2,
  });
  return async ({ query, operationName, variables }, options) => {
    const body = { query, operationName, variables };
    if (!subscribes(query, operationName)) {
      return (await post(body, token, options?.headers)).answer;
    }
    const results = sockets.iterate(body);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => results.next().catch(fail),
      return: () => results.return(),
    };
  };
}

/** Errors of the operation as they are; the end of a socket in words. */
function fail(reason) {
  throw reason instanceof CloseEvent ? new Error(`The socket was closed: ${reason.code} ${reason.reason}`) : reason;
}
