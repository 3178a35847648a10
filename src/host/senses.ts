/** Tries every mechanism and says how well it works here, why not, and what to do: shown by `telltale doctor`. */

import { existsSync } from 'node:fs';
import { plural } from '#lib/plural.ts';
import { type Files, isFailure, type Network, type Sense } from '#model/host.ts';
import { cgroupRoot } from './bpf.ts';
import { CGROUP_INET4_POST_BIND, loadBindProgram } from './bpf-bind.ts';
import { createMap } from './bpf-call.ts';
import { openProcConnector } from './cnproc.ts';
import { lastError, libc } from './ffi.ts';
import { markFilesystem, markWrites, openDescriptorGroup, openFanotifyGroup } from './file-marks.ts';
import { mountOf, readMounts } from './mounts.ts';
import { probePackets } from './packet-senses.ts';
import { foreignNumbers } from './pid-namespace.ts';
import { readNamespace } from './process-facts.ts';
import type { Hearing } from './scan-doors.ts';
import { openTracefsMount } from './tracefs-mount.ts';

export interface SensesParts {
  readonly files: Files;
  readonly network: Network;
  readonly scope: 'all' | 'own';
  /** How packets may be heard, and how they are where this process hears them. */
  readonly hearing: Hearing;
}

const AS_ROOT = 'Let the daemon run as root, outside of a container.';

/** Takes one snapshot of the sockets; arms nothing, so that a running watch is not disturbed. */
export async function probeSenses(parts: SensesParts): Promise<readonly Sense[]> {
  const trace = probeTracefs();
  return [
    ...(await probeSockets(parts)),
    probeOwners(parts.files),
    trace,
    probeBpf(parts.scope),
    {
      name: 'short-lived Unix sockets',
      state: 'reduced',
      by: trace.state === 'works' ? 'tracefs' : 'snapshots',
      why: 'the kernel tells that something was bound, not what: a Unix, packet or raw socket that is gone before the look that follows is missed',
      next: 'Nothing to do: sockets that live longer than a look takes are seen.',
    },
    probeConnector(trace),
    probeFilter(parts),
    probePackages(parts.files),
    probePackets(parts.hearing),
    probeFileEvents(parts.files),
    probeSettings(),
  ];
}

function works(name: string, by: string, why: string): Sense {
  return { name, state: 'works', by, why, next: '' };
}

async function probeSockets({ network, scope }: SensesParts): Promise<Sense[]> {
  const snapshot = await network.snapshot({ scope, what: 'all', signal: AbortSignal.timeout(30_000) });
  const name = 'sockets';
  const gap = snapshot.gaps[0];
  const seen = `${plural(snapshot.length, 'socket')} of ${plural(network.namespaces(scope).length, 'network namespace')}`;
  if (gap !== undefined) {
    const others = snapshot.gaps.length > 1 ? ` and ${snapshot.gaps.length - 1} more` : '';
    const why = `${seen}; not seen: ${gap.what} (${gap.why})${others}`;
    return [{ name, state: 'reduced', by: snapshot.by, why, next: gap.next ?? AS_ROOT }];
  }
  if (snapshot.by === '/proc/net') {
    const next = 'Nothing to do; the kernel module inet_diag would make it cheaper.';
    return [{ name, state: 'reduced', by: snapshot.by, why: `${seen}; sock_diag is refused, so text is read`, next }];
  }
  return [works(name, snapshot.by, seen)];
}

/** Process 1 belongs to somebody else, whoever we are. */
function probeOwners(files: Files): Sense {
  const name = 'owners of sockets';
  const listed = files.list('/proc/1/fd');
  if (!isFailure(listed)) return works(name, '/proc/PID/fd', 'the files of other processes can be read');
  const why = `the files of other users' processes cannot be read (${listed.error})`;
  return {
    name,
    state: 'reduced',
    by: '/proc/PID/fd',
    why,
    next: 'Let the daemon run as root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.',
  };
}

function probeTracefs(): Sense {
  const name = 'listeners as they open';
  const foreign = foreignNumbers();
  if (foreign !== undefined) return blindTrace(name, foreign);
  using mount = asDisposable(openTracefsMount());
  if (typeof mount.value === 'string') return blindTrace(name, mount.value);
  const event = `${mount.value.path}/events/sock/inet_sock_set_state`;
  if (!existsSync(event))
    return blindTrace(name, 'this kernel has no trace event for the state of sockets (Linux 4.16)');
  const how = mount.value.detached ? 'through a mount of our own' : `at ${mount.value.path}`;
  return works(name, 'tracefs', `reached ${how}; also a listener that lives a millisecond is told`);
}

function blindTrace(name: string, why: string): Sense {
  return { name, state: 'reduced', by: 'snapshots', why: `${why}: short-lived listeners are missed`, next: AS_ROOT };
}

function asDisposable<T extends Disposable>(value: T | string): Disposable & { readonly value: T | string } {
  return {
    value,
    [Symbol.dispose]: () => {
      if (typeof value !== 'string') value[Symbol.dispose]();
    },
  };
}

/** Loads the program, and attaches it nowhere. */
function probeBpf(scope: 'all' | 'own'): Sense {
  const name = 'short-lived UDP sockets';
  const blind = (why: string, next: string): Sense => ({ name, state: 'reduced', by: 'snapshots', why, next });
  if (scope === 'own') {
    return blind('only one network namespace is watched: no program is attached to the machine', 'Nothing to do.');
  }
  const foreign = foreignNumbers();
  if (foreign !== undefined) return blind(foreign, AS_ROOT);
  const folder = cgroupRoot();
  if (folder === undefined) {
    return blind('no cgroup hierarchy of version 2 is mounted', 'mount -t cgroup2 none /sys/fs/cgroup/unified');
  }
  const opened: number[] = [];
  try {
    const ring = createMap(27, 0, 0, 65_536);
    opened.push(ring);
    const lost = createMap(2, 4, 8, 1);
    opened.push(lost, loadBindProgram(CGROUP_INET4_POST_BIND, { ring, lost }));
    return works(name, 'eBPF', `binds are told with address and port, in all of ${folder}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return blind(why, 'eBPF needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN.');
  } finally {
    for (const fd of opened) libc.close(fd);
  }
}

function probeConnector(trace: Sense): Sense {
  const name = 'processes that start and end';
  if (trace.state === 'works') return works(name, 'tracefs', 'with file name, also those that are gone at once');
  const foreign = foreignNumbers();
  if (foreign !== undefined) return { name, state: 'blind', by: '', why: foreign, next: AS_ROOT };
  const connector = openProcConnector({ onRecords: () => undefined, onLoss: () => undefined });
  if (typeof connector === 'string') return { name, state: 'blind', by: '', why: connector, next: AS_ROOT };
  connector[Symbol.dispose]();
  const why = 'without file names: most processes are gone before they can be asked about';
  return { name, state: 'reduced', by: 'proc connector', why, next: AS_ROOT };
}

function probeFilter({ network, files }: SensesParts): Sense {
  const name = 'rules of the packet filter';
  const namespace = readNamespace(files, process.pid);
  const { answer, why } = network.exposure({ namespace, protocol: 'tcp', address: '0.0.0.0', port: 1 });
  if (answer !== 'cannot tell') return works(name, 'nft and iptables', why);
  const next =
    'Install nftables or iptables, so that their rules can be read; the rules themselves may also be too rich.';
  return { name, state: 'reduced', by: 'nft and iptables', why, next };
}

function probePackages(files: Files): Sense {
  const name = 'package database';
  const stat = files.stat('/var/lib/dpkg/status');
  if (!isFailure(stat)) return works(name, 'dpkg', 'owners of files and their checksums are known');
  const next = 'Nothing to do on a host without dpkg: programs count as owned by no package.';
  return { name, state: 'blind', by: '', why: `/var/lib/dpkg/status: ${stat.error}`, next };
}

/** Marks the root file system for a moment, in a group of its own. */
function probeFileEvents(files: Files): Sense {
  const name = 'file events';
  const group = openFanotifyGroup();
  if (group < 0) {
    const why = `fanotify is refused (${lastError()}): changes are heard through inotify, without the process that made them`;
    return { name, state: 'reduced', by: 'inotify', why, next: AS_ROOT };
  }
  const refused = markFilesystem(group, '/', false) < 0 ? lastError() : '';
  libc.close(group);
  if (refused === '') return works(name, 'fanotify', 'each change is told at once, with the process that made it');
  const type = mountOf(readMounts(files), '/')?.type ?? 'file system';
  const why = `the ${type} at / cannot be marked as a whole (${refused}): its folders are marked one by one`;
  return { name, state: 'reduced', by: 'fanotify', why, next: 'Nothing to do: what is watched is heard.' };
}

/** Marks one folder of settings for a moment, in a group of its own. */
function probeSettings(): Sense {
  const name = 'settings of the kernel';
  const group = openDescriptorGroup();
  const refused = group < 0 || markWrites(group, '/proc/sys/kernel') < 0 ? lastError() : '';
  if (group >= 0) libc.close(group);
  if (refused === '') return works(name, 'fanotify', 'each write to /proc/sys is told at once, with the process');
  const why = `fanotify is refused (${refused}): writes are heard through inotify, without the process that made them`;
  return { name, state: 'reduced', by: 'inotify', why, next: AS_ROOT };
}
