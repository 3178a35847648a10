/**
 * The one test command: `npm test [FILE…]`. Asserts the bundled Node, installs from Debian's packages what the tests
 * need when root, runs every *.test.ts, and as root fails on a skip that is not in test/skips.json with its reason.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = resolve(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;

/** Debian package by a file that it ships: what the tests use beside Node. None of them starts a service. */
const needed: Readonly<Record<string, string>> = {
  '/usr/sbin/ip': 'iproute2',
  '/usr/bin/nsenter': 'util-linux',
  '/usr/sbin/nft': 'nftables',
  '/usr/sbin/iptables-save': 'iptables',
  '/usr/sbin/ipset': 'ipset',
  '/usr/bin/python3': 'python3',
  '/usr/lib/python3/dist-packages/aiosmtpd/__init__.py': 'python3-aiosmtpd',
  '/usr/bin/nc.traditional': 'netcat-traditional',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/nmap': 'nmap',
  '/usr/sbin/hping3': 'hping3',
  '/usr/bin/masscan': 'masscan',
  '/usr/bin/ping': 'iputils-ping',
  '/usr/sbin/logrotate': 'logrotate',
  '/usr/bin/setfacl': 'acl',
  '/usr/bin/zstd': 'zstd',
  '/usr/bin/bzip2': 'bzip2',
  '/usr/bin/chromium': 'chromium',
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/bin/ssh-keygen': 'openssh-client',
  '/usr/sbin/visudo': 'sudo',
  '/usr/sbin/setcap': 'libcap2-bin',
  '/usr/bin/pamtester': 'pamtester',
  '/lib/systemd/systemd': 'systemd',
  '/usr/bin/man': 'man-db',
  '/usr/bin/mandoc': 'mandoc',
  '/usr/bin/zsh': 'zsh',
  '/usr/bin/fish': 'fish',
  '/usr/sbin/runc': 'runc',
  '/usr/bin/busybox': 'busybox-static',
  '/usr/bin/tmux': 'tmux',
};

function installNeeded(): void {
  const missing = Object.entries(needed).filter(([file]) => !existsSync(file));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (!isRoot) {
    process.stdout.write(
      `NOT ROOT: tests that need ${names.join(', ')} or root itself are skipped, and listed below.\n`,
    );
    return;
  }
  process.stdout.write(`Installing from Debian's packages: ${names.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  execFileSync('/usr/bin/apt-get', ['update', '-qq'], quiet);
  execFileSync('/usr/bin/apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
}

interface Tally {
  passed: number;
  failed: number;
  skipped: { name: string; file: string; why: string }[];
}

/** Runs the files, at most one a core, and counts tests (suites are not counted). */
async function runFiles(files: readonly string[]): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  const stream = run({ files: [...files], concurrency: Math.min(2, availableParallelism()), timeout: 300_000 });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip === undefined) tally.passed += 1;
    else tally.skipped.push({ name: event.name, file: event.file ?? '', why: String(event.skip) });
  });
  stream.on('test:fail', (event) => {
    if (event.details.type !== 'suite') tally.failed += 1;
  });
  await new Promise<void>((done, fail) => {
    const report = stream.compose(new spec());
    report.on('end', done).on('error', fail);
    report.pipe(process.stdout, { end: false });
  });
  return tally;
}

function judgeSkips(tally: Tally): boolean {
  const known = JSON.parse(readFileSync(resolve(root, 'test/skips.json'), 'utf8')) as Record<string, string>;
  const unknown = tally.skipped.filter((skip) => !(skip.name in known));
  for (const skip of tally.skipped) {
    process.stdout.write(
      `SKIPPED: ${skip.name} (${skip.why})${skip.name in known ? ` [listed: ${known[skip.name]}]` : ''}\n`,
    );
  }
  if (!isRoot || unknown.length === 0) return true;
  process.stdout.write(
    `As root every test runs, or stands in test/skips.json with a reason: ${unknown.length} do not.\n`,
  );
  return false;
}

if (!process.version.startsWith('v26.'))
  throw new Error(`The tests run on the bundled Node 26, not ${process.version}`);
installNeeded();
const wanted = process.argv.slice(2).map((file) => resolve(file));
const files =
  wanted.length > 0
    ? wanted
    : globSync('{src,test,bench,packaging}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] }).map((file) =>
        resolve(root, file),
      );
const tally = await runFiles(files.sort());
const skipsAllowed = judgeSkips(tally);
process.exitCode = tally.failed > 0 || tally.passed === 0 || !skipsAllowed ? 1 : 0;
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped\n`);
