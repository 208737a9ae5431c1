// The programs that the tests run: named by "cargo xtask test", or where it usually puts them.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function first(what: string, candidates: (string | undefined)[]): string {
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error(`${what} is missing: run the tests by "cargo xtask test"`);
  return found;
}

function onPath(...names: string[]): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

export const chromium = () =>
  first('Chromium', [
    process.env.PCC_TEST_CHROMIUM,
    ...onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
  ]);

export const opencode = () =>
  first('OpenCode', [
    process.env.PCC_TEST_OPENCODE,
    join(root, '.pcc/tools/opencode/node_modules/opencode-linux-x64/bin/opencode'),
  ]);

const built = (name: string) => first(name, [join(process.env.PCC_E2E_PROGRAMS ?? join(root, 'target/debug'), name)]);

export const server = () => built('pcc-server');
export const model = () => built('pcc-fake-llm');
export const github = () => built('pcc-fake-github');

/** The app with its screens inside, and what drives it: "cargo xtask app-e2e" builds and names them. */
export const app = () => first('The app', [process.env.PCC_E2E_APP]);
export const tauriDriver = () => first('tauri-driver', [process.env.PCC_E2E_TAURI_DRIVER]);
