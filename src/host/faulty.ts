/** A wrapper that makes a host fail on purpose: what a watch must survive, and must not take for "nothing there". */

import { type Failure, type Files, type Host, isFailure, type Network, type RawSocket } from '#model/host.ts';

/** The faults, which may be changed at any time. */
export interface Faults {
  /** errno name for each file operation on a path, e.g. "EACCES"; undefined to let it through. */
  file?: (path: string) => string | undefined;
  /** The next snapshots never resolve until their signal aborts (then they reject) or this is false again. */
  hang: boolean;
  /** The next snapshots reject with this. */
  error?: Error;
  /** Gaps that every snapshot reports in addition. */
  gaps: { readonly what: string; readonly why: string }[];
  /** Left out of every snapshot, as a rootkit does. */
  hidesSocket?: (socket: RawSocket) => boolean;
  /** Left out of the listing of its folder, and there for whoever knows its path. */
  hidesFile?: (path: string) => boolean;
  /** Added to the wall clock; the monotonic clock does not step. */
  stepMs: number;
}

/** The host, with faults that are none yet. */
export function makeFaulty(host: Host): { readonly host: Host; readonly faults: Faults } {
  const faults: Faults = { hang: false, gaps: [], stepMs: 0 };
  const clock = host.clock;
  return {
    faults,
    host: {
      name: host.name,
      clock: {
        nowMs: () => clock.nowMs() + faults.stepMs,
        monotonicMs: () => clock.monotonicMs(),
        bootMs: () => clock.bootMs() + faults.stepMs,
        id: () => clock.id(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
      },
      files: faultyFiles(host.files, faults),
      network: faultyNetwork(host.network, faults, (signal) => clock.sleep(10, signal)),
      processes: host.processes,
      packages: host.packages,
      userName: (uid) => host.userName(uid),
      datagram: (path, text) => host.datagram(path, text),
      scope: host.scope,
      kernelEvents: (signal, kinds) => host.kernelEvents(signal, kinds),
      fileEvents: (wish, signal) => host.fileEvents(wish, signal),
      writerOf: (path) => host.writerOf(path),
      touchedMs: (path) => host.touchedMs?.(path),
      senses: () => host.senses(),
      own: host.own,
      ...(host.kernel && { kernel: host.kernel }),
      ...(host.home && { home: host.home }),
      ...(host.outside && { outside: host.outside }),
    },
  };
}

function faultyFiles(files: Files, faults: Faults): Files {
  const guard = <T>(path: string, act: () => T): T | Failure => {
    const error = faults.file?.(path);
    return error === undefined ? act() : { error, path };
  };
  return {
    read: (path, maxBytes) => guard(path, () => files.read(path, maxBytes)),
    list: (path) => guard(path, () => unhidden(files.list(path), path, faults)),
    stat: (path) => guard(path, () => files.stat(path)),
    readlink: (path) => guard(path, () => files.readlink(path)),
  };
}

function unhidden(names: readonly string[] | Failure, folder: string, faults: Faults): readonly string[] | Failure {
  if (isFailure(names) || faults.hidesFile === undefined) return names;
  return names.filter((name) => faults.hidesFile?.(`${folder === '/' ? '' : folder}/${name}`) !== true);
}

function faultyNetwork(network: Network, faults: Faults, pause: (signal: AbortSignal) => Promise<void>): Network {
  const hanging = (): boolean => faults.hang;
  return {
    namespaces: (scope) => network.namespaces(scope),
    labelOf: (inode) => network.labelOf(inode),
    async snapshot(want) {
      while (hanging()) {
        want.signal.throwIfAborted();
        await pause(want.signal);
      }
      if (faults.error !== undefined) throw faults.error;
      const snapshot = await network.snapshot(want);
      const shown: number[] = [];
      for (let index = 0; index < snapshot.length; index += 1)
        if (faults.hidesSocket?.(snapshot.at(index)) !== true) shown.push(index);
      const real = (index: number): number => shown[index] ?? snapshot.length;
      return {
        length: shown.length,
        at: (index) => snapshot.at(real(index)),
        ownersOf: (index) => snapshot.ownersOf(real(index)),
        gaps: [...snapshot.gaps, ...faults.gaps],
        by: snapshot.by,
        takenMs: snapshot.takenMs,
      };
    },
    ...(network.boundByNumber !== undefined && {
      boundByNumber: (inode: number, from: number) =>
        network.boundByNumber?.(inode, from) ?? Promise.resolve(new Set()),
    }),
    ephemeralPorts: (inode) => network.ephemeralPorts(inode),
    exposure: (at) => network.exposure(at),
    interfaceName: (index) => network.interfaceName(index),
  };
}
