// Bundles GraphiQL into dist/: one page, its script and style, and the editor's workers. Every file but the page has a hash
// of its content in its name and is stored compressed, as the server sends it. The workers come first, because the script
// must know their names.
import { build } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const base = '/graphiql/assets/';

// GraphiQL's stylesheet holds the editor's already.
const withoutEditorStyles = {
  name: 'without-editor-styles',
  setup(bundler) {
    bundler.onLoad({ filter: /monaco-editor[\\/]esm[\\/].*\.css$/ }, () => ({ contents: '', loader: 'empty' }));
  },
};

const common = {
  bundle: true,
  minify: true,
  target: 'es2022',
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  publicPath: base,
  loader: { '.ttf': 'file', '.woff2': 'file', '.svg': 'file' },
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [withoutEditorStyles],
  metafile: true,
  legalComments: 'eof',
  logLevel: 'warning',
};

function outputs(result) {
  return Object.entries(result.metafile.outputs);
}

await rm('dist', { recursive: true, force: true });

const workers = await build({
  ...common,
  entryPoints: {
    editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
    json: 'monaco-editor/esm/vs/language/json/json.worker.js',
    graphql: 'monaco-graphql/esm/graphql.worker.js',
  },
  format: 'iife',
});
const workerUrls = Object.fromEntries(
  outputs(workers)
    .filter(([, output]) => output.entryPoint)
    .map(([file]) => [basename(file).split('-')[0], base + basename(file)]),
);

const page = await build({
  ...common,
  entryPoints: { main: 'src/main.jsx' },
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  define: { ...common.define, WORKER_URLS: JSON.stringify(workerUrls) },
});
const [script, main] = outputs(page).find(([, output]) => output.entryPoint === 'src/main.jsx');

const html = (await readFile('src/index.html', 'utf8'))
  .replace('{{script}}', base + basename(script))
  .replace('{{style}}', base + basename(main.cssBundle));
await writeFile('dist/index.html', html);

for (const name of await readdir(common.outdir)) {
  const file = join(common.outdir, name);
  await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 9 }));
  await rm(file);
}
