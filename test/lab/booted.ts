/**
 * A machine that is booted: systemd as process 1 of namespaces of its own (mounts, processes, network, cgroups, names), on an
 * overlay of the root file system, with our unit and the clone at /opt/telltale. Nothing of the host is written: /sys is
 * read-only, and units that would set clocks, values or devices are masked.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Ran } from './netns.ts';
import { needsRoot } from './skip.ts';

const root = resolve(import.meta.dirname, '../..');
const systemd = '/lib/systemd/systemd';
/** What a container has no use for, or what would touch the machine that we all share. */
const MASKED = [
  'systemd-udevd.service',
  'systemd-udev-trigger.service',
  'systemd-sysctl.service',
  'systemd-modules-load.service',
  'systemd-timesyncd.service',
  'systemd-random-seed.service',
  'systemd-update-utmp.service',
  'systemd-logind.service',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
];

/** $1: a folder; $2: the clone; $3: a cgroup of our own. */
const OUTSIDE = `
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount --rbind /dev dev
mount -t sysfs -o ro sysfs sys
mkdir -p opt/telltale old
mount --bind "$2" opt/telltale
rm -rf etc/systemd/system/*.wants var/log/journal var/lib/telltale etc/telltale
cp opt/telltale/packaging/systemd/telltale.service etc/systemd/system/
printf '[Unit]\\nWants=telltale.service\\n' > etc/systemd/system/telltale-test.target
for unit in ${MASKED.join(' ')}; do ln -sf /dev/null etc/systemd/system/$unit; done
mkdir "$3"
echo $$ > "$3/cgroup.procs"
exec unshare --cgroup --pid --fork --kill-child --mount -- /bin/sh -ec "$INSIDE"
`;
const INSIDE = `
mount -t proc proc proc
mount -t cgroup2 cgroup2 sys/fs/cgroup
ip link set lo up
pivot_root . old
umount -l /old
exec env -i container=telltale-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=telltale-test.target
`;

export interface Booted extends AsyncDisposable {
  /** Runs a program in it to its end; never throws for its exit code. */
  run(command: string, ...args: string[]): Promise<Ran>;
}

/** Why no machine can be booted here; false where it can. */
export function cannotBoot(): string | false {
  const rootless = needsRoot();
  if (rootless !== false) return rootless;
  if (!existsSync(systemd)) return `needs ${systemd}`;
  if (!readFileSync('/proc/filesystems', 'latin1').includes('\toverlay\n')) return 'needs overlay file systems';
  return cgroupRoot() === undefined ? 'needs a cgroup hierarchy of version 2 that may be written' : false;
}

function cgroupRoot(): string | undefined {
  const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  const mount = lines.find((line) => / - cgroup2 \S+ rw/.test(line));
  return mount?.split(' ')[4];
}

/** Boots it, and waits until systemd answers. Disposing ends all that runs in it. */
export async function boot(): Promise<Booted> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-booted-'));
  const cgroup = join(cgroupRoot() ?? '', `telltale-test-${process.pid}`);
  const unshare = ['--mount', '--net', '--uts', '--ipc', '--propagation', 'private', '--', '/bin/sh', '-ec', OUTSIDE];
  const holder = spawn('/usr/bin/unshare', [...unshare, 'sh', folder, root, cgroup], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', INSIDE },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  holder.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const booted: Booted = {
    run: (command, ...args) =>
      new Promise((done) => {
        const inside = ['--target', String(initOf(holder) ?? 0), '--all', '--root', '--wd', '--', command, ...args];
        const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NO_COLOR: '1', LC_ALL: 'C.UTF-8' };
        execFile('/usr/bin/nsenter', inside, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
          done({ stdout, stderr, code: error ? Number(error.code ?? 1) || 1 : 0 });
        });
      }),
    async [Symbol.asyncDispose]() {
      const pid = initOf(holder);
      if (holder.exitCode === null && holder.signalCode === null) {
        const ended = once(holder, 'exit');
        // The end of process 1 is the end of all of them.
        process.kill(pid ?? holder.pid ?? 0, 'SIGKILL');
        await ended;
      }
      await removeCgroup(cgroup);
      await rmdir(folder);
    },
  };
  for (let tries = 0; tries < 300; tries += 1) {
    if (holder.exitCode !== null) break;
    const { stdout } = await booted.run('/usr/bin/systemctl', 'is-system-running');
    if (/^(?:running|degraded|starting)/.test(stdout)) return booted;
    await new Promise((done) => setTimeout(done, 100));
  }
  await booted[Symbol.asyncDispose]();
  throw new Error(`Cannot boot: ${said}`);
}

/** The only child of `unshare --fork`, once it is systemd. */
function initOf(holder: ChildProcess): number | undefined {
  const { pid } = holder;
  if (pid === undefined || !existsSync(`/proc/${pid}/task/${pid}/children`)) return undefined;
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  if (!/^\d+$/.test(child)) return undefined;
  return readFileSync(`/proc/${child}/comm`, 'latin1') === 'systemd\n' ? Number(child) : undefined;
}

/** Its processes take a moment to be gone. */
async function removeCgroup(folder: string): Promise<void> {
  for (let tries = 0; existsSync(folder); tries += 1) {
    try {
      removeBelow(folder);
    } catch (error) {
      if (tries > 100 || !(error instanceof Error) || !('code' in error) || error.code !== 'EBUSY') throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

function removeBelow(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeBelow(join(folder, entry.name));
  rmdirSync(folder);
}
