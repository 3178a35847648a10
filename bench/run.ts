/** `npm run bench [NAME…]`: runs the benchmarks one after another, each with its peer in the same run. Needs root. */

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import process from 'node:process';

const names = process.argv.slice(2);
const files = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'run' && !name.endsWith('.test') && !name.includes('-generator'))
  .filter((name) => names.length === 0 || names.includes(name))
  .sort();
if (files.length === 0) throw new Error(`No benchmark is called ${names.join(', ')}`);
if (process.getuid?.() !== 0)
  throw new Error('The benchmarks make namespaces and listen to the kernel: run them as root');
for (const name of files) {
  console.log(`\n== ${name}`);
  const ran = spawnSync(process.execPath, [resolve(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
    timeout: 3_600_000,
  });
  if (ran.status !== 0) process.exitCode = 1;
}
