/**
 * A machine to break: the root file system under an overlay in a mount (and network) namespace of the test's own. What
 * is written goes to a tmpfs that goes with the namespace.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ran } from './netns.ts';

export interface Overlay extends AsyncDisposable {
  /** Runs a program in it to its end; never throws for its exit code. */
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  /** A few lines for /bin/sh in it; throws when one fails. */
  sh(lines: string): Promise<string>;
  /** Starts a program in it; it is killed with the namespace. Its pid is that of the program. */
  spawn(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
}

const UNSHARE = ['--mount', '--net', '--propagation', 'private', '--', '/bin/sh', '-ec'];
const SETUP = `
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
layers="lowerdir=/,upperdir=$1/upper,workdir=$1/work"
# With handles that can be decoded the whole of it is marked, as on a disk; without, folder by folder, as in containers.
[ "$2" = whole ] && mount -t overlay overlay -o "$layers,index=on,nfs_export=on" "$1/root" 2>/dev/null ||
  mount -t overlay overlay -o "$layers" "$1/root"
mount --rbind /proc "$1/root/proc"
mount --rbind /sys "$1/root/sys"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
ip link set lo up
echo ready
exec cat
`;

/** Needs root. `marked`: how file events can be marked on it, where the machine's own file system has handles. */
export async function makeOverlay(marked: 'whole' | 'by folder' = 'whole'): Promise<Overlay> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-overlay-'));
  const holder = spawn('/usr/bin/unshare', [...UNSHARE, SETUP, 'sh', folder, marked], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [first] = (await once(holder.stdout, 'data')) as [Buffer];
  if (first.toString() !== 'ready\n') throw new Error(`Cannot make an overlay: ${first.toString()}`);
  const pid = String(holder.pid);
  const children = new Set<ChildProcess>();
  const inside = (command: string, args: readonly string[]): string[] => [
    '--target',
    pid,
    '--mount',
    '--net',
    '--',
    '/usr/sbin/chroot',
    `${folder}/root`,
    command,
    ...args,
  ];
  const run: Overlay['run'] = (command, args, env) =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
      execFile('/usr/bin/nsenter', inside(command, args), options, (error, stdout, stderr) => {
        resolve({ stdout, stderr, code: error ? Number(error.code ?? 1) || 1 : 0 });
      });
    });
  return {
    run,
    async sh(lines) {
      const { stdout, stderr, code } = await run('/bin/sh', ['-ec', lines]);
      if (code !== 0) throw new Error(`Cannot run "${lines}": exit code ${code}: ${stderr}`);
      return stdout;
    },
    spawn(command, args, env) {
      const child = spawn('/usr/bin/nsenter', inside(command, args), {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },
    async [Symbol.asyncDispose]() {
      const ends = [...children].map(async (child) => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
        await ended;
        clearTimeout(timer);
      });
      await Promise.all(ends);
      const ended = once(holder, 'exit');
      holder.stdin.end();
      await ended;
      await rmdir(folder);
    },
  };
}
