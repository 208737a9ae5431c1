// Drives the server with the reference client of graphql-transport-ws and prints what it got, as JSON.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { token }, retryAttempts: 0, lazyCloseTimeout: 1_000 });

/** All results of an operation, or its errors. */
async function collect(query, variables) {
  const results = [];
  try {
    for await (const result of client.iterate({ query, variables })) {
      results.push(result);
    }
    return { results };
  } catch (errors) {
    return { results, errors: Array.isArray(errors) ? errors : String(errors) };
  }
}

const report = {
  query: await collect('{ whoami }'),
  mutation: await collect('mutation ($text: String!) { setNote(text: $text) }', { text: 'by the reference client' }),
  subscription: await collect('subscription { count(to: 3) }'),
  invalid: await collect('{ nothingOfThatName }'),
  partial: await collect('{ hello fails }'),
};
await client.dispose();
process.stdout.write(JSON.stringify(report));
