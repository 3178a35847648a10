/**
 * All sockets with their owners: ours beside `ss -tunapx`, in one run, in a network namespace of its own.
 * `sh bin/node bench/snapshot.ts [SOCKETS…]` (default 300 10000 100000) prints CPU times and ratios. Needs root, ss, ip
 * and python3 (which makes the sockets: a fifth listening TCP, two fifths TCP connections, a fifth UDP, a fifth Unix,
 * held by 1,000 processes).
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { openClock } from '#host/clock.ts';
import { declare } from '#host/ffi.ts';
import { openFiles } from '#host/files.ts';
import { type LiveNetwork, openNetwork } from '#host/network.ts';

const HOLDERS = 1000;
/** Looks before the measured ones: what runs for months is compiled, and V8 takes its time for that. */
const WARMING = 30;
const ROUNDS = 9;
/** The kernel has work left when thousands of processes and sockets were made. */
const SETTLE_MS = 2000;
/** Largest ratio of our CPU time to that of ss that we want, by number of sockets; and for a look with nothing new. */
const goals: Readonly<Record<number, number>> = { 300: 0.7, 10_000: 0.5, 100_000: 0.12 };
const REPEAT_GOAL = 0.1;
const RSS_GOAL_MIB = 160;
const STOP_GOAL_MS = 20;

const GENERATOR = `
import os, resource, socket, sys, time
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
total, holders = int(sys.argv[1]), int(sys.argv[2])
v4, tcp, udp = socket.AF_INET, socket.SOCK_STREAM, socket.SOCK_DGRAM
def hold(number, count):
    host = '127.%d.%d.1' % (1 + (number >> 8), number & 255)
    keep, at = [], number
    while len(keep) < count:
        kind, at = at % 4, at + 1
        if kind == 1 and count - len(keep) >= 2:
            door = next((s for s in keep if s.type == tcp and s.family == v4 and s.getsockname()[1] and s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)), None)
            if door:
                keep.append(socket.create_connection(door.getsockname())); keep.append(door.accept()[0]); continue
        if kind <= 1: s = socket.socket(v4, tcp); s.bind((host, 0)); s.listen(16)
        elif kind == 2: s = socket.socket(v4, udp); s.bind((host, 0))
        else: s = socket.socket(socket.AF_UNIX, tcp); s.bind('\\0telltale-bench-%d-%d' % (os.getpid(), at)); s.listen(1)
        keep.append(s)
    return keep
r, w = os.pipe()
for number in range(holders):
    count = total // holders + (1 if number < total % holders else 0)
    if os.fork() == 0:
        try: keep = hold(number, count)
        except Exception as error: sys.stderr.write(str(error)); os._exit(1)
        os.write(w, b'x'); sys.stdin.buffer.read(); os._exit(0)
left = holders
while left: left -= len(os.read(r, 4096))
os.write(1, b'ready')
sys.stdin.buffer.read()
`;

const rusage = declare<(who: number, usage: Uint8Array) => number>('int getrusage(int who, void *usage)');
const RUSAGE_CHILDREN = -1;

/** CPU milliseconds of all children that have ended. */
function childrenCpuMs(): number {
  const usage = Buffer.alloc(144);
  rusage(RUSAGE_CHILDREN, usage);
  const seconds = usage.readBigInt64LE(0) + usage.readBigInt64LE(16);
  return Number(seconds) * 1000 + Number(usage.readBigInt64LE(8) + usage.readBigInt64LE(24)) / 1000;
}

function ssCpuMs(): number {
  const before = childrenCpuMs();
  const nowhere = openSync('/dev/null', 'w');
  const ran = spawnSync('/usr/bin/ss', ['-Htunapx'], { stdio: ['ignore', nowhere, 'inherit'] });
  if (ran.status !== 0) throw new Error(`ss ended with ${ran.status}`);
  return childrenCpuMs() - before;
}

/** A network as the daemon keeps it, and a way to make its next look the whole one that is due each minute. */
function open(): { readonly network: LiveNetwork; readonly minuteLater: () => void } {
  const clock = openClock();
  let aheadMs = 0;
  const network = openNetwork({
    files: openFiles(),
    clock: { ...clock, monotonicMs: () => clock.monotonicMs() + aheadMs },
    scope: 'own',
    exposureOver: () => () => ({ answer: 'cannot tell', why: '' }),
  });
  return {
    network,
    minuteLater() {
      aheadMs += 61_000;
    },
  };
}

interface Look {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly sockets: number;
  readonly owned: number;
  /** Longest time without a turn of the loop, in CPU milliseconds of ours: the machine may be busy otherwise. */
  readonly stoppedMs: number;
}

const cpuMsSince = (start: NodeJS.CpuUsage): number => {
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
};

/** Measures the CPU time between turns of the loop until it is stopped. */
function watchLoop(): () => number {
  let longest = 0;
  let last = process.cpuUsage();
  let on = true;
  const turn = (): void => {
    if (!on) return;
    longest = Math.max(longest, cpuMsSince(last));
    last = process.cpuUsage();
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    on = false;
    return Math.max(longest, cpuMsSince(last));
  };
}

async function look(network: LiveNetwork): Promise<Look> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const signal = new AbortController().signal;
  const stop = watchLoop();
  const snapshot = await network.snapshot({ scope: 'own', what: 'all', signal });
  const stoppedMs = stop();
  let owned = 0;
  const sockets = snapshot.length;
  for (let i = 0; i < sockets; i++) if (snapshot.ownersOf(i).length > 0) owned += 1;
  snapshot.release?.();
  return {
    cpuMs: cpuMsSince(cpu),
    wallMs: performance.now() - began,
    sockets,
    owned,
    stoppedMs,
  };
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const least = (values: readonly number[]): number => Math.min(...values);
const median = (values: readonly number[]): number => sorted(values)[values.length >> 1] ?? 0;
const cpuOf = (looks: readonly Look[]): number[] => looks.map(({ cpuMs }) => cpuMs);
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Least and median CPU time against those of the peer. */
function against(peer: readonly number[], ours: readonly number[]): { least: number; words: string } {
  const ratios = [least(ours) / least(peer), median(ours) / median(peer)];
  const [atLeast = 0, atMedian = 0] = ratios;
  return {
    least: atLeast,
    words: `${least(ours).toFixed(1)} ms = ${atLeast.toFixed(3)}× (medians ${atMedian.toFixed(3)}×)`,
  };
}

/** Runs inside of the namespace, where the sockets are. */
async function measure(sockets: number): Promise<boolean> {
  const large = sockets >= 100_000;
  const { network, minuteLater } = open();
  const first = await look(network);
  const firstPeak = process.resourceUsage().maxRSS * 1024;
  for (let i = 0; i < (large ? WARMING / 5 : WARMING); i++) {
    minuteLater();
    await look(network);
    await look(network);
  }
  const ss: number[] = [];
  const full: Look[] = [];
  const repeated: Look[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % (large ? 4 : 2) === 0) ss.push(ssCpuMs());
    minuteLater();
    full.push(await look(network));
    repeated.push(await look(network));
  }
  const whole = against(ss, cpuOf(full));
  const again = against(ss, cpuOf(repeated));
  const goal = goals[sockets] ?? 1;
  const peak = process.resourceUsage().maxRSS * 1024;
  const stopped = Math.max(...[...full, ...repeated].map(({ stoppedMs }) => stoppedMs));
  console.log(
    [
      `${sockets} sockets (seen ${first.sockets}, with owner ${first.owned}): ss ${least(ss).toFixed(1)} ms CPU`,
      `ours ${whole.words}, goal ${goal}; the first look of a process ${first.cpuMs.toFixed(1)} ms`,
      `nothing new ${again.words}, goal ${REPEAT_GOAL}`,
      `RSS after the first look at most ${mib(firstPeak)}, after all ${mib(process.memoryUsage.rss())}, peak ${mib(peak)}, goal ${RSS_GOAL_MIB} MiB`,
      `loop stopped at most ${stopped.toFixed(1)} ms, goal ${STOP_GOAL_MS}`,
    ].join('\n  '),
  );
  return whole.least <= goal && again.least <= REPEAT_GOAL && peak <= RSS_GOAL_MIB * 2 ** 20;
}

/** Makes the namespace and the sockets, measures in it, and takes all of it away. */
async function inOwnNamespace(sockets: number): Promise<boolean> {
  const name = `telltale-bench-${process.pid}`;
  spawnSync('/usr/sbin/ip', ['netns', 'add', name], { stdio: 'inherit' });
  let generator: ChildProcess | undefined;
  try {
    spawnSync('/usr/sbin/ip', ['-n', name, 'link', 'set', 'lo', 'up'], { stdio: 'inherit' });
    const inside = [`--net=/run/netns/${name}`, '--'];
    generator = spawn(
      '/usr/bin/nsenter',
      [...inside, '/usr/bin/python3', '-c', GENERATOR, String(sockets), String(HOLDERS)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    if (generator.stdout === null) throw new Error('The generator has no output');
    const ready = await Promise.race([once(generator.stdout, 'data'), once(generator, 'exit')]);
    if (!Buffer.isBuffer(ready[0])) throw new Error(`The generator ended with ${String(ready[0])}`);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const again = [process.execPath, ...process.execArgv, import.meta.filename, '--measure', String(sockets)];
    const ran = spawnSync('/usr/bin/nsenter', [...inside, ...again], { stdio: 'inherit' });
    return ran.status === 0;
  } finally {
    // All holders end when their input does.
    generator?.stdin?.end();
    if (generator !== undefined && generator.exitCode === null) await once(generator, 'exit');
    spawnSync('/usr/sbin/ip', ['netns', 'delete', name], { stdio: 'inherit' });
  }
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--measure') {
  process.exitCode = (await measure(Number(rest[0]))) ? 0 : 1;
} else {
  const sizes = mode === undefined ? Object.keys(goals) : [mode, ...rest];
  for (const size of sizes.map(Number)) if (!(await inOwnNamespace(size))) process.exitCode = 1;
}
