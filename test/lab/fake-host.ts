/** A host made of plain data with a clock that moves when it is told to: for tests of what stands above the host. */

import { setImmediate as breathe } from 'node:timers/promises';
import { noFileEvents } from '#host/no-file-events.ts';
import type {
  Clock,
  FileStat,
  Files,
  Host,
  KernelEvents,
  PackageRun,
  ProcessFacts,
  SocketSnapshot,
  Writer,
} from '#model/host.ts';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is advanced; those who sleep are woken in order. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 1_000_000;
  #count = 0;
  #sleepers: Sleeper[] = [];

  constructor(nowMs = Date.UTC(2026, 10, 21, 9)) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  bootMs(): number {
    return this.#nowMs - this.#monotonicMs;
  }

  id(): string {
    this.#count += 1;
    const time = this.#nowMs.toString(16).padStart(12, '0');
    const tail = ((this.#count * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8000-${this.#count.toString(16).padStart(4, '0')}${tail}`;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      // Taken off again: the signal of a watch lives for days of this clock, and would remember every sleep.
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { atMs: this.#monotonicMs + ms, wake };
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Sets the wall clock without the other: somebody stepped it. */
  step(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets time pass; everyone whose sleep ends gets to run, in order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settle();
    for (;;) {
      this.#sleepers.sort((a, b) => a.atMs - b.atMs);
      const next = this.#sleepers[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#sleepers.shift();
      this.#move(Math.max(next.atMs, this.#monotonicMs));
      next.wake();
      await settle();
    }
    this.#move(endMs);
    await settle();
  }

  #move(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}

/** Lets everything that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await breathe();
}

export interface FakeHost extends Host {
  readonly clock: FakeClock;
  readonly table: Map<number, ProcessFacts>;
  readonly disk: Map<string, { content: Buffer; ctimeMs: number; inode: number }>;
  packageRun: PackageRun | undefined;
  readonly writers: Map<string, Writer>;
  /** "PATH TEXT" of each that was sent. */
  readonly datagrams: string[];
  readonly packaged: Map<string, { name: string; verify: 'same' | 'differs' | 'unknown' }>;
}

/** A process with what a test wants to say of it. */
export function fakeProcess(facts: Partial<ProcessFacts> & { readonly pid: number }): ProcessFacts {
  return {
    parentPid: 1,
    startTicks: facts.pid * 100,
    startedMs: 0,
    comm: 'nc',
    exe: '/usr/bin/nc',
    exeState: 'present',
    cmdline: 'nc -l',
    uid: 0,
    user: 'root',
    cgroup: '0::/',
    namespace: 1,
    asStarted: false,
    ...facts,
  };
}

/** An empty machine named "testhost". */
export function fakeHost(clock = new FakeClock()): FakeHost {
  const table = new Map<number, ProcessFacts>();
  const disk: FakeHost['disk'] = new Map();
  const writers: FakeHost['writers'] = new Map();
  const packaged: FakeHost['packaged'] = new Map();
  const host: FakeHost = {
    name: 'testhost',
    clock,
    table,
    disk,
    packaged,
    datagrams: [],
    writers,
    packageRun: undefined,
    files: fakeFiles(disk),
    network: {
      namespaces: () => [],
      labelOf: () => 'host',
      snapshot: () => Promise.reject<SocketSnapshot>(new Error('no sockets here')),
      ephemeralPorts: () => [32_768, 60_999],
      exposure: () => ({ answer: 'cannot tell', why: 'a test' }),
      interfaceName: () => '',
    },
    processes: {
      get: (pid) => table.get(pid),
      parents(pid, limit) {
        const chain: ProcessFacts[] = [];
        for (let at = table.get(pid); at !== undefined && chain.length < limit; ) {
          at = table.get(at.parentPid);
          if (at !== undefined) chain.push(at);
        }
        return chain;
      },
      list: () => [...table.values()],
    },
    packages: {
      ownerOf: (path) => packaged.get(path)?.name ?? '',
      verify: (path) => packaged.get(path)?.verify ?? 'unknown',
      shipped: (name) => [...packaged].flatMap(([path, file]) => (file.name === name ? [path] : [])),
      run: () => host.packageRun,
    },
    userName: String,
    datagram: (path, text) => {
      host.datagrams.push(`${path} ${text}`);
      return undefined;
    },
    scope: 'own',
    kernelEvents: () => Promise.reject<KernelEvents>(new Error('no events here')),
    fileEvents: (_wish, signal) => Promise.resolve(noFileEvents([], signal)),
    writerOf: (path) => writers.get(path),
    senses: () => Promise.resolve([]),
    own: new Set(),
  };
  return host;
}

function fakeFiles(disk: FakeHost['disk']): Files {
  const missing = (path: string): { error: string; path: string } => ({ error: 'ENOENT', path });
  return {
    read: (path) => disk.get(path)?.content ?? missing(path),
    list: missing,
    readlink: missing,
    stat(path) {
      const file = disk.get(path);
      if (file === undefined) return missing(path);
      const { content, ctimeMs, inode } = file;
      const stat: FileStat = {
        type: 'file',
        mode: 0o755,
        uid: 0,
        gid: 0,
        sizeBytes: content.length,
        mtimeMs: ctimeMs,
        ctimeMs,
        inode,
      };
      return stat;
    },
  };
}
