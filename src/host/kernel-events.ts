/**
 * Arms the best source of kernel events that this machine allows, by trying: tracefs (with eBPF for binds), eBPF alone,
 * the process connector, and asking again and again. See docs/decisions/0020-tracefs-first.md.
 */

import type { BindRecord } from '#formats/bpf-bind.ts';
import { type Files, isFailure, type KernelEvent, type KernelEvents } from '#model/host.ts';
import type { Gap } from '#model/sensor.ts';
import { type BpfBinds, cgroupRoot, openBpfBinds } from './bpf.ts';
import { openProcConnector, type ProcConnector } from './cnproc.ts';
import { type EventJoiner, makeEventJoiner } from './event-joiner.ts';
import { makeEventQueue } from './event-queue.ts';
import { openNetnsCookies } from './netns-cookie.ts';
import { foreignNumbers } from './pid-namespace.ts';
import { type ProcessSource, readNamespace } from './process-facts.ts';
import type { ProcessTracker } from './processes.ts';
import { openTracefs, type Tracefs } from './tracefs.ts';

export type EventSource = 'tracefs' | 'eBPF' | 'proc connector';

export interface KernelEventsOptions {
  readonly source: ProcessSource;
  readonly processes: ProcessTracker;
  readonly scope: 'all' | 'own';
  /** Stands for the state directory whose lock the caller holds: [0-9a-f], e.g. a hash of its path. */
  readonly tag: string;
  readonly signal: AbortSignal;
  /** What may be tried; all, when not given. */
  readonly allow?: readonly EventSource[];
  /** Cgroup whose binds eBPF tells of; the root of the hierarchy when not given and the scope is `all`. */
  readonly cgroup?: string;
  /** Size of the trace buffer of one CPU. */
  readonly bufferKb?: number;
}

/** Events that wait for the reader; more are dropped and counted as lost. */
const MAX_WAITING = 65_536;
const POLL_MS = 1000;
const PRIME_SLICE = 16;

interface Armed {
  readonly trace: Tracefs | string;
  readonly binds: BpfBinds | string;
  readonly connector: ProcConnector | string;
}

/** Resolves when armed; never rejects for what the machine does not allow: see `gaps`. */
export async function openKernelEvents(options: KernelEventsOptions): Promise<KernelEvents> {
  const { processes, source, scope, signal } = options;
  const stack = new DisposableStack();
  const queue = makeEventQueue<KernelEvent>(MAX_WAITING);
  let lostElsewhere = 0;
  // When our own cannot be told, nothing can be told apart: then everything is told.
  const onlyNamespace = scope === 'own' ? readNamespace(source.files, process.pid) || undefined : undefined;
  const cookies = openNetnsCookies();
  const hearsListen = (): boolean => typeof armed.trace !== 'string';
  const joiner = makeEventJoiner({
    files: source.files,
    processes,
    clock: source.clock,
    cookies,
    onlyNamespace,
    hearsListen,
  });
  const onLoss = (lost: number): void => {
    joiner.onLoss();
    lostElsewhere += lost;
    queue.wake();
  };
  const emit = (events: readonly KernelEvent[]): void => {
    if (events.length > 0) queue.push(events);
  };
  const armed = arm(options, { joiner, emit, onLoss, stack });
  if (typeof armed.trace === 'string') stack.defer(poll(source, emit));
  const close = (): void => {
    stack.dispose();
    queue.end();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  await prime(source.files, joiner, signal);
  let fullRing = 0;
  return {
    batches: queue.batches,
    lost() {
      if (typeof armed.binds !== 'string' && !stack.disposed) fullRing = armed.binds.lost();
      return lostElsewhere + queue.dropped() + fullRing;
    },
    by: nameOf(armed),
    gaps: gapsOf(armed, isOneNamespace(options)),
    tellsListen: typeof armed.trace !== 'string',
    tellsShortLivedUdp: typeof armed.binds !== 'string',
    [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', close);
      close();
      return Promise.resolve();
    },
  };
}

interface Sink {
  readonly joiner: EventJoiner;
  readonly emit: (events: readonly KernelEvent[]) => void;
  readonly onLoss: (lost: number) => void;
  readonly stack: DisposableStack;
}

function arm(options: KernelEventsOptions, { joiner, emit, onLoss, stack }: Sink): Armed {
  const { allow, refused } = sourcesFor(options);
  let pending: BindRecord[] = [];
  let opened: BpfBinds | undefined;
  // Binds later than what the trace was read up to wait: the fork of their process may be in the trace.
  const bindsUntil = (untilNs: number): BindRecord[] => {
    if (opened !== undefined) pending.push(...opened.take());
    const ready = pending.filter(({ timeNs }) => timeNs <= untilNs);
    pending = ready.length === pending.length ? [] : pending.filter(({ timeNs }) => timeNs > untilNs);
    return ready;
  };
  const trace = allow.includes('tracefs')
    ? openTracefs({
        tag: options.tag,
        ...(options.bufferKb === undefined ? {} : { bufferKb: options.bufferKb }),
        onLoss,
        onRecords(records, untilNs) {
          const binds = bindsUntil(untilNs);
          emit(joiner.join(binds.length === 0 ? records : merge(records, binds)));
          if (pending.length > 0 && typeof trace !== 'string') trace.schedule();
        },
      })
    : refused;
  if (typeof trace !== 'string') {
    stack.use(trace);
    stack.use(options.processes.readBy(() => trace.readNow()));
  }
  const flush = (): void => {
    if (typeof trace === 'string') emit(joiner.join(bindsUntil(Number.POSITIVE_INFINITY)));
    else trace.schedule();
  };
  const binds = allow.includes('eBPF') ? openBinds(options, flush) : refused;
  if (typeof binds !== 'string') opened = stack.use(binds);
  const connector =
    typeof trace === 'string' && allow.includes('proc connector')
      ? openProcConnector({
          onRecords: (records) => {
            emit(joiner.joinConnector(records));
          },
          onLoss: () => {
            onLoss(1);
          },
        })
      : refused;
  if (typeof connector !== 'string') stack.use(connector);
  return { trace, binds, connector };
}

function sourcesFor({ allow = ['tracefs', 'eBPF', 'proc connector'] }: KernelEventsOptions) {
  const foreign = foreignNumbers();
  return foreign === undefined ? { allow, refused: 'not asked for' } : { allow: [], refused: foreign };
}

/**
 * In scope `own` our namespace is not the whole machine (a test, a container): then only a cgroup that was named is
 * touched, see docs/decisions/0022-ebpf-for-binds.md.
 */
function openBinds(options: KernelEventsOptions, onReadable: () => void): BpfBinds | string {
  if (isOneNamespace(options)) return 'only one network namespace is watched, and no cgroup was named for it';
  const folder = options.cgroup ?? cgroupRoot();
  if (folder === undefined) return 'no cgroup hierarchy of version 2 is mounted';
  return openBpfBinds({ cgroup: folder, onReadable });
}

function isOneNamespace({ cgroup, scope }: KernelEventsOptions): boolean {
  return scope === 'own' && cgroup === undefined;
}

function merge<R extends { timeNs: number }, S extends { timeNs: number }>(
  a: readonly R[],
  b: readonly S[],
): (R | S)[] {
  return [...a, ...b].sort((left, right) => left.timeNs - right.timeNs);
}

/** Without any event of sockets: once a second, say that something may have changed. */
function poll({ clock }: ProcessSource, emit: Sink['emit']): () => void {
  const timer = setInterval(() => {
    const nothing = {
      pid: 0,
      process: undefined,
      namespace: 0,
      family: '',
      protocol: '',
      address: '',
      port: 0,
    } as const;
    emit([{ kind: 'bind', timeMs: clock.nowMs(), ...nothing }]);
  }, POLL_MS);
  return () => {
    clearInterval(timer);
  };
}

/** Reads what runs now, in slices: a process that ends right after its listener opened is known then. */
async function prime(files: Files, joiner: EventJoiner, signal: AbortSignal): Promise<void> {
  const names = files.list('/proc');
  if (isFailure(names)) return;
  const pids = names.filter((name) => /^[1-9]\d{0,9}$/.test(name)).map(Number);
  for (let at = 0; at < pids.length && !signal.aborted; at += PRIME_SLICE) {
    for (const pid of pids.slice(at, at + PRIME_SLICE)) joiner.prime(pid);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

function nameOf({ trace, binds, connector }: Armed): string {
  if (typeof trace !== 'string') return typeof binds === 'string' ? 'tracefs' : 'tracefs and eBPF';
  if (typeof binds !== 'string') return 'eBPF';
  return typeof connector === 'string' ? 'polling' : 'proc connector';
}

/** `oneNamespace`: eBPF was not tried, which is as it should be there. */
function gapsOf({ trace, binds, connector }: Armed, oneNamespace: boolean): Gap[] {
  const gaps: Gap[] = [];
  if (typeof trace === 'string') {
    gaps.push({
      what: 'short-lived listeners',
      why: trace,
      next: 'Let the daemon run as root outside of a container, on a kernel with CONFIG_FTRACE; see "telltale doctor".',
    });
    if (typeof connector === 'string') gaps.push({ what: 'short-lived processes', why: connector });
  } else {
    for (const { event, why } of trace.missing) gaps.push({ what: `trace event ${event}`, why });
  }
  if (typeof binds === 'string') {
    const what = 'short-lived UDP sockets';
    if (oneNamespace) gaps.push({ what, why: binds, reduced: true });
    else
      gaps.push({
        what,
        why: binds,
        next: 'eBPF needs root (or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN) and a cgroup hierarchy of version 2.',
      });
  }
  return gaps;
}
