/**
 * Real containers from Debian's runc: one static busybox in throw-away bundles, each with pid, network, mount and IPC
 * namespaces and control groups of its own. All of it goes at the end: processes, groups, folders.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { makeTemp } from './temp.ts';

const RUNC = '/usr/sbin/runc';
const BUSYBOX = '/usr/bin/busybox';
const GROUPS = '/sys/fs/cgroup';
const run = promisify(execFile);

export interface Container {
  /** Of its first process, in the namespace of the test. */
  readonly pid: number;
  /** Ends it at once and takes its control groups away; as `docker rm -f`. */
  remove(): Promise<void>;
}

export interface Containers extends AsyncDisposable {
  /**
   * Starts httpd of busybox on a port of all addresses, as user 33; `id` as an engine gives it, 64 hex digits, `engine`
   * as its control groups begin.
   */
  start(id: string, port: number, engine?: 'docker' | 'libpod'): Promise<Container>;
}

/** Why no container can be started here, else false. Control groups are read-only in most containers. */
export function needsContainers(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const group of hierarchies()) {
    const probe = join(group, `telltale-probe-${process.pid}`);
    try {
      mkdirSync(probe);
      rmdirSync(probe);
    } catch (error) {
      return `NO CONTAINER CAN BE STARTED HERE: control groups cannot be made: ${String(error)}`;
    }
  }
  return false;
}

/** Mount points of control groups: the one of version 2, or one a controller. */
function hierarchies(): readonly string[] {
  const names = readdirSync(GROUPS);
  if (names.includes('cgroup.procs')) return [GROUPS];
  return names.map((name) => join(GROUPS, name)).filter((path) => statSync(path).isDirectory());
}

/** What of the host's /usr/bin/busybox the containers run: a byte longer, so that it cannot pass for the packaged one. */
async function makeRootfs(rootfs: string): Promise<void> {
  await mkdir(join(rootfs, 'usr/bin'), { recursive: true });
  await mkdir(join(rootfs, 'proc'));
  await copyFile(BUSYBOX, join(rootfs, BUSYBOX));
  await appendFile(join(rootfs, BUSYBOX), '\n');
}

/** config.json of the runtime specification, version 1.0. */
function bundle(rootfs: string, cgroupsPath: string, port: number): object {
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 33, gid: 33 },
      args: [BUSYBOX, 'httpd', '-f', '-p', `0.0.0.0:${port}`],
      env: ['PATH=/usr/bin'],
      cwd: '/',
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: rootfs, readonly: true },
    hostname: 'contained',
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { cgroupsPath, namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
  };
}

/** Needs root, and what `needsContainers` asks for. */
export async function makeContainers(): Promise<Containers> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await makeTemp());
  const rootfs = join(temp.path, 'rootfs');
  await makeRootfs(rootfs);
  const slice = `telltale-test-${process.pid}`;
  stack.defer(() => {
    // runc makes the groups above as well, and leaves them.
    for (const group of hierarchies()) rmdirIfThere(join(group, slice));
  });
  const state = join(temp.path, 'state');
  const runc = (...args: string[]): Promise<unknown> => run(RUNC, ['--root', state, ...args]);
  const live = new Set<string>();
  const remove = async (id: string): Promise<void> => {
    if (live.delete(id)) await runc('delete', '--force', id);
  };
  stack.defer(async () => {
    for (const id of live) await remove(id);
  });
  const owned = stack.move();
  return {
    async start(id, port, engine = 'docker') {
      const folder = join(temp.path, id);
      const pidFile = join(folder, 'pid');
      await mkdir(folder);
      await writeFile(
        join(folder, 'config.json'),
        JSON.stringify(bundle(rootfs, `/${slice}/${engine}-${id}.scope`, port)),
      );
      live.add(id);
      await runDetached(['--root', state, 'run', '--detach', '--bundle', folder, '--pid-file', pidFile, id]);
      return { pid: Number(readFileSync(pidFile, 'utf8')), remove: () => remove(id) };
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** The container keeps what runc has for output: a pipe would be held open by it. */
async function runDetached(args: readonly string[]): Promise<void> {
  const child = spawn(RUNC, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`Cannot start a container: runc ended with ${code}`);
}

function rmdirIfThere(folder: string): void {
  if (existsSync(folder)) rmdirSync(folder);
}
