/**
 * Integrity of /usr beside `find -print0 | xargs -0 sha256sum` in the same run, and beside AIDE where that is installed:
 * CPU time of a first check with all metadata, of a check when nothing has changed, memory at its highest; and what is
 * heard of a burst of files while the loop stands still.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLiveHost } from '#host/live.ts';
import { walkOf } from '#sensors/file-walk.ts';
import { openFileIndex } from '#store/file-index.ts';

const BURST = 20_000;
/** As the daemon is started: bin/telltale. */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1', '--optimize-for-size'];
const ENV = { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };

interface Check {
  readonly cpuMs: number;
  readonly highestMiB: number;
  readonly files: number;
}

/** Everything but /usr is left out, so that both look at the same files. */
function othersThanUsr(): string[] {
  return readdirSync('/')
    .filter((name) => name !== 'usr')
    .map((name) => `/${name}`);
}

async function check(stateDir: string): Promise<Check> {
  let files = 0;
  using host = openLiveHost({
    namespaces: 'own',
    integrity: {
      settings: { watch: [], ignore: othersThanUsr(), walkAfterMs: 0 },
      stateDir,
      walks: 'at-look',
      openIndex: () => openFileIndex(stateDir, 'write'),
      onProgress: (words) => {
        // The last word is none: the walk is over.
        files = Number.parseInt(words, 10) || files;
      },
    },
  });
  const walk = walkOf(host);
  const before = process.cpuUsage();
  await walk?.run(new AbortController().signal, !walk.everFinished);
  const { user, system } = process.cpuUsage(before);
  const highest = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return { cpuMs: (user + system) / 1000, highestMiB: Number(highest) / 1024, files };
}

/** In a process of its own, so that its memory is its own. */
function checkApart(stateDir: string): Check {
  const { stdout, stderr } = spawnSync(process.execPath, [...FLAGS, import.meta.filename, 'check', stateDir], {
    env: ENV,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(`The check ended without an answer: ${stderr}`);
  return JSON.parse(stdout) as Check;
}

/** CPU time of a shell line with all that it starts. */
function peerMs(line: string): number {
  const timed = `TIMEFORMAT='%U %S'; { time { ${line} >/dev/null 2>&1; }; } 2>&1`;
  const { stdout } = spawnSync('/bin/bash', ['-c', timed], { encoding: 'utf8' });
  const [user = '0', system = '0'] = stdout.trim().split(' ');
  return (Number(user) + Number(system)) * 1000;
}

const AIDE = '/usr/bin/aide';
const TICK_MS = 10;
/** Exit codes below say what differs: aide(1). */
const AIDE_FAILED = 14;

/** AIDE with one digest and the metadata that we compare: a database made, then checked against. */
function aide(
  folder: string,
): readonly { readonly what: string; readonly cpuMs: number; readonly highestMiB: number }[] {
  const config = join(folder, 'aide.conf');
  const made = join(folder, 'aide.db');
  const lines = [
    `database_out=file:${made}`,
    `database_in=file:${made}`,
    'gzip_dbout=no',
    'report_url=stdout',
    '/usr ftype+p+u+g+s+m+c+i+n+acl+xattrs+caps+e2fsattrs+sha256',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const run = (what: '--init' | '--check') => {
    const { cpuMs, highestMiB } = runApart(AIDE, [what, '-c', config]);
    return { what: `aide ${what}`, cpuMs, highestMiB };
  };
  return [run('--init'), run('--check')];
}

/** CPU time and highest memory of a program, its threads included, looked at until it is over. */
function runApart(program: string, args: readonly string[]): { readonly cpuMs: number; readonly highestMiB: number } {
  const child = spawn(program, args, { stdio: 'ignore' });
  const at = `/proc/${child.pid ?? 0}`;
  let highestKiB = 0;
  for (;;) {
    const fields = readFileSync(`${at}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    highestKiB = Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`${at}/status`, 'latin1'))?.[1] ?? highestKiB);
    // Its end is not taken up before we return to the loop: the times of the whole run stand there until then.
    if (fields[0] === 'Z') {
      const code = Number(fields[49]) >> 8;
      if (code >= AIDE_FAILED) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
      return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, highestMiB: highestKiB / 1024 };
    }
    spin(20);
  }
}

const CREATE = `
const { writeFileSync } = require('node:fs');
for (let at = 0; at < ${BURST}; at += 1) writeFileSync(process.argv[1] + '/' + at, '');
`;

/** Files made while the loop stands still: how many were heard, and how many are known to be lost. */
async function burst(): Promise<{ readonly heard: number; readonly lost: number; readonly cpuMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  try {
    using host = openLiveHost({ namespaces: 'own' });
    const stop = new AbortController();
    await using events = await host.fileEvents({ paths: () => [folder], kinds: ['created'] }, stop.signal);
    const writer = spawn(process.execPath, ['-e', CREATE, folder], { stdio: 'ignore' });
    const pid = writer.pid ?? 0;
    // The writer works on while we do nothing at all.
    while (readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.startsWith('Z') !== true) spin(50);
    const before = process.cpuUsage();
    const names = new Set<string>();
    const timer = setTimeout(() => stop.abort(), 10_000);
    for await (const batch of events.batches) {
      for (const { path } of batch) names.add(path);
      if (names.size + events.lost() >= BURST) break;
    }
    clearTimeout(timer);
    const { user, system } = process.cpuUsage(before);
    if (writer.exitCode === null) await once(writer, 'exit');
    return { heard: names.size, lost: events.lost(), cpuMs: (user + system) / 1000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function spin(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function compare(): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
  try {
    // Both read from the page cache: who comes first must not pay for the disk.
    peerMs('find /usr -xdev -type f -print0 | xargs -0 cat');
    const peer = peerMs('find /usr -xdev -type f -print0 | xargs -0 sha256sum');
    const first = checkApart(stateDir);
    const again = checkApart(stateDir);
    const ratio = (check: Check): string => (check.cpuMs / peer).toFixed(2);
    console.log(`find | sha256sum of /usr: ${Math.round(peer)} ms CPU`);
    console.log(
      `first check: ${Math.round(first.cpuMs)} ms CPU, ${ratio(first)} × the peer, ${Math.round(first.highestMiB)} MiB at most (${first.files} files)`,
    );
    console.log(
      `unchanged: ${Math.round(again.cpuMs)} ms CPU, ${ratio(again)} × the peer, ${Math.round(again.highestMiB)} MiB at most`,
    );
    for (const { what, cpuMs, highestMiB } of existsSync(AIDE) ? aide(stateDir) : [])
      console.log(
        `${what}: ${Math.round(cpuMs)} ms CPU, ${(cpuMs / peer).toFixed(2)} × the peer, ${Math.round(highestMiB)} MiB at most`,
      );
    const { heard, lost, cpuMs } = await burst();
    console.log(
      `${BURST} files made with the loop blocked: ${heard} heard, ${lost} known to be lost, ${Math.round(cpuMs)} ms CPU`,
    );
  } finally {
    rmSync(stateDir, { recursive: true });
  }
}

if (process.argv[2] === 'check') console.log(JSON.stringify(await check(process.argv[3] ?? '')));
else await compare();
