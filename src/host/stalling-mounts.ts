/**
 * Mounts whose files come from another machine or from a program (FUSE). Such a server may never answer, and a call that
 * waits for it stops the whole watch: not even a signal ends it (fs/fuse/dev.c, request_wait_answer()). So nothing on
 * them is touched before another process has seen the server answer, and nothing at all where an ordinary user runs
 * it: they could answer that question and no other. docs/decisions/0250-mounts-that-hang.md
 */

import { type Mount, parseMountinfo } from '#formats/mountinfo.ts';
import { fs } from '#lib/lean-fs.ts';
import type { Failure } from '#model/host.ts';
import { type PriorityWatch, watchPriority } from './epoll.ts';
import { libc } from './ffi.ts';
import { comesFromElsewhere, isWithin } from './mounts.ts';
import { readProcFile } from './proc-file.ts';

const MOUNTINFO = '/proc/self/mountinfo';
/** An answer counts for so long; from half of it on another one is asked for beside the work. */
const PROVEN_MS = 30_000;
/** At the start an answer is waited for. */
const PATIENCE_MS = 2000;
/** Servers that are asked at once; each that hangs keeps a process. */
const MAX_ASKED = 8;
/** Without the kernel's word on mounts they are read again after this long. */
const REREAD_MS = 1000;
/** As the kernel's (MAXSYMLINKS). */
const MAX_LINKS = 40;
/** Answered by the server also where attributes are remembered: statfs(2). */
const STAT = ['/usr/bin/stat', '/bin/stat'];
/** Names of /proc that lead out of it. */
const LEADS_OUT = /^\/proc\/[^/]+\/(?:cwd|exe|root|fd|map_files|task)(?:\/|$)/;

interface Server {
  readonly id: string;
  readonly point: string;
  readonly type: string;
  /** An ordinary user's program. */
  readonly byUser: boolean;
  provenMs: number;
  asked: Promise<void> | undefined;
}

let servers: readonly Server[] = [];
let readMs = Number.NEGATIVE_INFINITY;
let news: PriorityWatch | string | undefined;
let askedNow = 0;
const link = Buffer.alloc(4096);

/** Why a call on this path might never come back; undefined when it will. `follow`: also a link that it ends in. */
export function mayStall(path: string, follow = true): Failure | undefined {
  if (isOfKernel(path)) return undefined;
  refresh();
  if (servers.length === 0) return undefined;
  const real = leadsTo(path, follow);
  const server = servers.find(({ point }) => isWithin(real, point));
  if (server === undefined || isTrusted(server)) return undefined;
  const why = server.byUser ? 'the program of a user serves these files' : 'the server has not answered';
  return { error: `EREMOTE (${server.type}: ${why})`, path };
}

/** A file of /proc itself: the kernel writes it while it is read. */
export function isOfKernel(path: string): boolean {
  return path.startsWith('/proc/') && !LEADS_OUT.test(path);
}

/** Asks all servers that may be asked, and waits for a moment: what has answered by then can be read. */
export async function proveMounts(): Promise<void> {
  refresh();
  const asked = servers.filter(({ byUser }) => !byUser).map((server) => ask(server));
  if (asked.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE_MS);
  await Promise.race([promise, Promise.all(asked)]);
  clearTimeout(timer);
}

function isTrusted(server: Server): boolean {
  if (server.byUser) return false;
  const sinceMs = performance.now() - server.provenMs;
  if (sinceMs > PROVEN_MS / 2) void ask(server);
  return sinceMs <= PROVEN_MS;
}

/** Resolves when it has answered, be it with an error, or the question could not be put. */
function ask(server: Server): Promise<void> {
  if (server.asked !== undefined) return server.asked;
  const stat = STAT.find((path) => fs.existsSync(path));
  if (stat === undefined || askedNow >= MAX_ASKED) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.asked = promise;
  askedNow += 1;
  const beganMs = performance.now();
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(stat, ['-f', '--', server.point], { cwd: '/', env: {}, stdio: 'ignore' });
  child.unref();
  // One that nobody answers cannot be killed either, on FUSE: it stays until the mount goes, and no second is started.
  const timer = setTimeout(() => child.kill('SIGKILL'), 2 * PATIENCE_MS).unref();
  const done = (answered: boolean): void => {
    clearTimeout(timer);
    askedNow -= 1;
    server.asked = undefined;
    if (answered) server.provenMs = beganMs;
    resolve();
  };
  child.once('error', () => done(false));
  child.once('exit', (code) => done(code !== null));
  return promise;
}

function refresh(): void {
  if (news === undefined) news = watchPriority([MOUNTINFO]);
  else if (typeof news !== 'string' ? !news.take() : performance.now() - readMs < REREAD_MS) return;
  readMs = performance.now();
  const before = new Map(servers.map((server) => [server.id, server]));
  servers = serversIn(readProcFile(MOUNTINFO)).map((server) => before.get(server.id) ?? server);
}

/** Without those that all stands on, and what a container's host lays over files of /proc and /sys (lxcfs). */
export function serversIn(mountinfo: string): Server[] {
  return parseMountinfo(mountinfo)
    .rows.filter((mount) => comesFromElsewhere(mount) && !/^\/(?:$|(?:proc|sys|usr|etc)(?:\/|$))/.test(mount.point))
    .map((mount) => ({
      id: `${mount.id} ${mount.device} ${mount.point}`,
      point: mount.point,
      type: mount.type,
      byUser: isByUser(mount),
      provenMs: Number.NEGATIVE_INFINITY,
      asked: undefined,
    }));
}

/** Fs/fuse/inode.c: the user who opened /dev/fuse. */
function isByUser({ superOptions }: Mount): boolean {
  return superOptions.some((option) => option.startsWith('user_id=') && option !== 'user_id=0');
}

/** Where a path leads, links followed; what lies on a server is not asked for. */
function leadsTo(path: string, follow: boolean): string {
  let at = '';
  const rest = path.split('/').toReversed();
  for (let links = 0; rest.length > 0; ) {
    const here = stepTo(at, rest.pop() ?? '');
    if (here === at) continue;
    if (isOnServer(here)) return here;
    const target = (rest.length > 0 || follow) && links < MAX_LINKS ? targetOf(here) : undefined;
    if (target === undefined) at = here;
    else {
      links += 1;
      if (target.startsWith('/')) at = '';
      rest.push(...target.split('/').toReversed());
    }
  }
  return at === '' ? '/' : at;
}

function isOnServer(path: string): boolean {
  return servers.some(({ point }) => isWithin(path, point));
}

function stepTo(at: string, name: string): string {
  if (name === '' || name === '.') return at;
  return name === '..' ? at.slice(0, Math.max(0, at.lastIndexOf('/'))) : `${at}/${name}`;
}

function targetOf(path: string): string | undefined {
  const length = libc.readlink(path, link, link.length);
  return length < 0 ? undefined : link.toString('utf8', 0, length);
}
