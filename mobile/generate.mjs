// Writes src/lib/api/generated.ts: the types of every operation in client/operations, against schema.graphql.
// With --check it only says whether the file is current.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as schemaTypes from '@graphql-codegen/typescript';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, concatAST, parse, validate } from 'graphql';
import { format, resolveConfig } from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const filename = fileURLToPath(new URL('src/lib/api/generated.ts', import.meta.url));

async function documents() {
  const folder = join(root, 'client/operations');
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(
    files.map(async (location) => ({ location, document: parse(await readFile(join(folder, location), 'utf8')) })),
  );
}

async function generate() {
  const schema = buildSchema(await readFile(join(root, 'schema.graphql'), 'utf8'));
  const found = await documents();
  const all = concatAST(found.map((file) => file.document));
  const problems = validate(schema, all);
  if (problems.length > 0) {
    throw new Error(problems.map(String).join('\n'));
  }
  const text = await codegen({
    filename,
    schema: parse(await readFile(join(root, 'schema.graphql'), 'utf8')),
    documents: found,
    config: {
      documentMode: 'string',
      enumsAsTypes: true,
      dedupeFragments: true,
      pureMagicComment: true,
      avoidOptionals: { field: true, inputValue: false, object: false, defaultValue: false },
      onlyOperationTypes: true,
      skipTypename: true,
      useTypeImports: true,
      disableDescriptions: true,
      defaultScalarType: 'unknown',
      strictScalars: true,
      scalars: { Cursor: 'string', DateTime: 'string', JSON: 'unknown' },
    },
    plugins: [{ schemaTypes: {} }, { operationTypes: {} }, { typedDocuments: {} }],
    pluginMap: { schemaTypes, operationTypes, typedDocuments },
  });
  const head = '// Generated from schema.graphql and client/operations by "npm run generate".\n';
  return format(head + text, { ...(await resolveConfig(filename)), filepath: filename });
}

const current = await generate();
if (!process.argv.includes('--check')) {
  await writeFile(filename, current);
} else if ((await readFile(filename, 'utf8').catch(() => '')) !== current) {
  console.error('src/lib/api/generated.ts is not what schema.graphql and client/operations make: npm run generate');
  process.exit(1);
}
