/**
 * `npm run build`: makes the release under dist/telltale: the program bundled into a few .js files, the built page, the
 * docs pages that `telltale explain` shows, the launcher, Node and koffi's library for this machine. Nothing else is
 * needed to run it, so the folder can be copied to a host as it is.
 */

import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { rolldown } from 'rolldown';
import { entries as commandEntries } from '#cli/commands.ts';
import { scripts } from '#cli/completion-scripts.ts';
import { exitCodesIn, manualPages } from '#cli/manual.ts';
import { version } from '#cli/own-version.ts';
import { buildPage } from '#web/build-page.ts';

const root = resolve(import.meta.dirname, '..');
const out = join(root, 'dist/telltale');

/** Programs started by name: the command, the processes of the page and of the traps, and that of a question in SQL. */
const entries = {
  main: 'src/main.ts',
  child: 'src/web/child.ts',
  traps: 'src/traps/child.ts',
  sql: 'src/store/sql-child.ts',
};

async function bundle(): Promise<void> {
  const build = await rolldown({
    cwd: root,
    input: entries,
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warn',
  });
  await build.write({
    dir: join(out, 'lib'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Names stay, so that a stack trace says where it was; blanks and comments go, for V8 keeps the source in memory.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await build.close();
  for (const name of readdirSync(join(out, 'lib'))) if (name.endsWith('.js')) toAscii(join(out, 'lib', name));
}

/** One character beyond Latin-1 makes V8 keep the whole text with two bytes a character: those are written as escapes. */
function toAscii(path: string): void {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/[\u0080-\uffff]/g, escapeOf));
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A hard link costs nothing and survives `npm ci`; another filesystem gets a copy. */
function place(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true });
  try {
    linkSync(from, to);
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EXDEV') throw cause;
    cpSync(from, to);
  }
}

function copyRest(): void {
  const arch = process.arch;
  for (const path of [
    'bin',
    'docs',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'package.json',
    'package-lock.json',
  ]) {
    cpSync(join(root, path), join(out, path), { recursive: true });
  }
  for (const name of ['koffi', `@koromix/koffi-linux-${arch}`]) {
    cpSync(join(root, 'node_modules', name), join(out, 'node_modules', name), {
      recursive: true,
      filter: (source) => !/koffi\/(?:vendor|doc)$|\.cc$|\.hh$/.test(source),
    });
  }
  place(join(root, `node_modules/node-linux-${arch}/bin/node`), join(out, 'node/bin/node'));
}

/** Where man(1) and the shells look, below a prefix such as /usr/local: share/man, share/bash-completion … */
async function writeManual(): Promise<void> {
  const commands = await Promise.all(commandEntries.map(async (entry) => (await entry.load()).default));
  const exits = exitCodesIn(readFileSync(join(root, 'docs/commands.md'), 'utf8'));
  // Reproducible builds: https://reproducible-builds.org/docs/source-date-epoch/
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString().slice(0, 10);
  const files = new Map<string, string>();
  for (const [name, text] of manualPages({ entries: commandEntries, commands, exits, version: version(), date }))
    files.set(`man/man8/${name}`, text);
  files.set('bash-completion/completions/telltale', scripts.bash);
  files.set('zsh/site-functions/_telltale', scripts.zsh);
  files.set('fish/vendor_completions.d/telltale.fish', scripts.fish);
  for (const [path, text] of files) {
    const file = join(out, 'share', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const page = await buildPage();
await bundle();
cpSync(page, join(out, 'lib/page'), { recursive: true });
copyRest();
await writeManual();
if (!existsSync(join(out, 'lib/main.js'))) throw new Error('The bundle has no lib/main.js');
console.log(`${out}: lib/main.js ${Math.round(statSync(join(out, 'lib/main.js')).size / 1024)} KiB`);
