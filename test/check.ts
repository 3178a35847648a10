/** `npm run check`: types, lint, format and architecture, side by side, in seconds. `npm run format` mends the format. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const bin = (path: string): string => resolve(root, 'node_modules', path);
const write = process.argv.includes('--write');

/** Tool by name: program and arguments; each is run by the bundled Node. */
const tools: Readonly<Record<string, readonly string[]>> = write
  ? { format: [bin('@biomejs/biome/bin/biome'), 'check', '--write', '.'] }
  : {
      types: [bin('typescript/bin/tsc'), '-p', '.'],
      'types of the page': [bin('typescript/bin/tsc'), '-p', 'src/web/page'],
      lint: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'packaging'],
      format: [bin('@biomejs/biome/bin/biome'), 'check', '--diagnostic-level=warn', '.'],
      architecture: ['--test', '--test-reporter=dot', resolve(root, 'test/architecture.test.ts')],
    };

async function runTool(name: string, args: readonly string[]): Promise<boolean> {
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number>((done, fail) => {
    child.on('error', fail).on('close', (exit) => done(exit ?? 1));
  });
  const seconds = Number((process.hrtime.bigint() - started) / 1_000_000n) / 1000;
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) process.stdout.write(Buffer.concat(output));
  return code === 0;
}

const results = await Promise.all(Object.entries(tools).map(([name, args]) => runTool(name, args)));
process.exitCode = results.every(Boolean) ? 0 : 1;
