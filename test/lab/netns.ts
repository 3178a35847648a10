/** A network namespace of the test's own: loopback is up, nothing else is there, and all of it goes at the end. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const IP = '/usr/sbin/ip';
const run = promisify(execFile);
let made = 0;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface Netns extends AsyncDisposable {
  readonly name: string;
  /** Runs a program in the namespace to its end; never throws for its exit code. */
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  /** Starts a program in the namespace; it is killed with the namespace. */
  spawn(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
}

/** Makes a namespace with a name of this process; needs root. */
export async function makeNetns(): Promise<Netns> {
  made += 1;
  const name = `telltale-test-${process.pid}-${made}`;
  await run(IP, ['netns', 'add', name]);
  await run(IP, ['-n', name, 'link', 'set', 'lo', 'up']);
  const children = new Set<ChildProcess>();
  // nsenter keeps the mounts as they are; `ip netns exec` would hide tracefs behind a fresh /sys.
  const inside = (command: string, args: readonly string[]): string[] => [
    `--net=/run/netns/${name}`,
    '--',
    command,
    ...args,
  ];
  return {
    name,
    run: (command, args, env) =>
      new Promise((resolve) => {
        execFile(
          '/usr/bin/nsenter',
          inside(command, args),
          { env: { ...process.env, ...env }, maxBuffer: 64 << 20 },
          (error, stdout, stderr) => {
            resolve({ stdout, stderr, code: error ? Number(error.code ?? 1) || 1 : 0 });
          },
        );
      }),
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
      // A daemon that is asked to stop takes its tracing down; one that is killed leaves it in the kernel.
      const ends = [...children].map(async (child) => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
        await ended;
        clearTimeout(timer);
      });
      await Promise.all(ends);
      await run(IP, ['netns', 'delete', name]);
    },
  };
}
