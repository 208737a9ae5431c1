// All tests in the browser: those in every shape one after the other, and beside them the one that mostly waits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

async function run(...projects) {
  const names = projects.map((name) => `--project=${name}`);
  const child = spawn('npx', ['playwright', 'test', ...names], { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return status === 0;
}

const done = await Promise.all([run('phone-light', 'phone-dark', 'desktop-light', 'desktop-dark'), run('long')]);
process.exitCode = done.every(Boolean) ? 0 : 1;
