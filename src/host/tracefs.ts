/**
 * Reads the pages of a trace instance of all CPUs and delivers its records in the order in which they happened: a fork on
 * one CPU must be known before the listener that the child opens on another.
 */

import { readdirSync } from 'node:fs';
import { readTracePage } from '#formats/trace-page.ts';
import type { TraceRecord } from '#formats/trace-records.ts';
import { bootTimeMs } from './clock.ts';
import { lastError, libc, O } from './ffi.ts';
import { removeForgotten } from './forgotten-instances.ts';
import { type Watched, watchReadable } from './poller.ts';
import { makeTraceInstance, type TraceInstance } from './trace-instance.ts';
import { openTracefsMount } from './tracefs-mount.ts';

export interface Tracefs extends Disposable {
  /** Reads soon, also when nothing was said to be there. */
  schedule(): void;
  /** Reads at once; nothing where a reading goes on. */
  readNow(): void;
  readonly missing: TraceInstance['missing'];
  /** Records lost since the start, as the kernel counted them. */
  lost(): number;
}

export interface TracefsOptions {
  /** Names the instance; the caller holds the lock of the state directory that it stands for. */
  readonly tag: string;
  /** Ordered by time, after each reading (also when there was nothing). `untilNs`: nothing older will come any more. */
  readonly onRecords: (records: readonly TraceRecord[], untilNs: number) => void;
  /** Called before the records that follow the hole. */
  readonly onLoss: (lost: number) => void;
  readonly bufferKb?: number;
}

/** The buffer of one CPU in one instance. */
interface Cpu {
  readonly number: number;
  readonly instance: TraceInstance;
  readonly fd: number;
  lastNs: number;
  /** Counted by page headers. */
  flagged: number;
  lost: number;
}

/** At most this many pages of a CPU at once: then others get their turn in the loop. */
const MAX_READS = 64;
/** Whatever the kernel's wake-ups do, all is read this often. */
const READ_MS = 100;
/**
 * Records of processes are many. The first one wakes us, and then nothing does for this long: a program that lives for
 * 50 ms is still there to be asked, and two hundred a second cost fifty readings.
 */
const GATHER_MS = 20;

/** Arms the events. Text that says why when it cannot be done. */
export function openTracefs(options: TracefsOptions): Tracefs | string {
  const mount = openTracefsMount();
  if (typeof mount === 'string') return mount;
  try {
    using stack = new DisposableStack();
    stack.use(mount);
    const { tag, bufferKb } = options;
    const instances = (['sockets', 'processes', 'reads'] as const).map((purpose) =>
      stack.use(makeTraceInstance(mount.path, tag, purpose, bufferKb)),
    );
    const cpus = instances.flatMap((instance) => openCpus(instance, stack));
    const reader = makeReader(instances, cpus, options);
    watchCpus(cpus, reader, stack);
    const timer = setInterval(reader.schedule, READ_MS).unref();
    stack.defer(() => {
      clearInterval(timer);
      reader.stop();
    });
    for (const instance of instances) instance.start();
    void removeForgotten(mount.path, Date.now());
    const owned = stack.move();
    return {
      schedule: reader.schedule,
      readNow: reader.readNow,
      missing: instances.flatMap(({ missing }) => missing),
      lost: () => cpus.reduce((sum, cpu) => sum + cpu.lost, 0),
      [Symbol.dispose]: () => {
        owned.dispose();
      },
    };
  } catch (error) {
    return explain(error);
  }
}

function openCpus(instance: TraceInstance, stack: DisposableStack): Cpu[] {
  const cpus: Cpu[] = [];
  for (const name of readdirSync(`${instance.path}/per_cpu`)) {
    const number = Number(name.slice(3));
    const path = `${instance.path}/per_cpu/${name}/trace_pipe_raw`;
    const fd = libc.open(path, O.RDONLY | O.NONBLOCK | O.CLOEXEC, 0);
    if (fd < 0) throw new Error(`Cannot open "${path}": ${lastError()}`);
    stack.defer(() => {
      libc.close(fd);
    });
    cpus.push({ number, instance, fd, lastNs: 0, flagged: 0, lost: 0 });
  }
  return cpus;
}

function watchCpus(cpus: readonly Cpu[], reader: ReturnType<typeof makeReader>, stack: DisposableStack): void {
  const processes: Watched[] = [];
  let gathering: NodeJS.Timeout | undefined;
  const read = (): void => {
    gathering = undefined;
    reader.schedule();
    // After the reading: before it, the loop would find what is about to be read and wake us once more.
    setImmediate(() => {
      for (const watched of processes) watched.resume();
    });
  };
  const gather = (): void => {
    for (const watched of processes) watched.pause();
    gathering ??= setTimeout(read, GATHER_MS);
  };
  for (const { fd, instance } of cpus) {
    if (instance.purpose === 'reads') continue;
    const isMany = instance.purpose === 'processes';
    const watched = stack.use(watchReadable(fd, isMany ? gather : reader.schedule));
    if (isMany) processes.push(watched);
  }
  stack.defer(() => {
    clearTimeout(gathering);
  });
}

/** Reads one after the other, never within itself. */
function makeReader(instances: readonly TraceInstance[], cpus: readonly Cpu[], options: TracefsOptions) {
  let scheduled = false;
  let stopped = false;
  let reading = false;
  const readNow = (): void => {
    if (stopped || reading) return;
    reading = true;
    try {
      if (drain()) schedule();
    } finally {
      reading = false;
    }
  };
  const schedule = (): void => {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      readNow();
    });
  };
  const drain = makeDrain(instances, cpus, options);
  return {
    schedule,
    readNow,
    stop() {
      stopped = true;
    },
  };
}

/** What reads all that is there and delivers it; true when something waits for the next reading. */
function makeDrain(
  instances: readonly TraceInstance[],
  cpus: readonly Cpu[],
  { onRecords, onLoss }: TracefsOptions,
): () => boolean {
  const page = Buffer.alloc(Math.max(...instances.map(({ pageBytes }) => pageBytes)));
  const decoders = new Map(instances.flatMap((instance) => [...instance.decoders]));
  let pending: TraceRecord[] = [];
  let current: Cpu | undefined;

  const visit = (bytes: Buffer, offset: number, length: number, timeNs: number): void => {
    if (current) current.lastNs = timeNs;
    const record = length >= 8 ? decoders.get(bytes.readUInt16LE(offset))?.(bytes, offset, length, timeNs) : undefined;
    if (record !== undefined) pending.push(record);
  };
  /** True when the CPU's buffer is empty now. */
  const readCpu = (cpu: Cpu): boolean => {
    current = cpu;
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const length = libc.read(cpu.fd, page, page.length);
      if (length <= 0) return true;
      const { missed } = readTracePage(page.subarray(0, length), visit);
      if (missed !== 0) noteLoss(cpu, missed);
    }
    return false;
  };
  const noteLoss = (cpu: Cpu, missed: number): void => {
    if (cpu.instance.purpose === 'reads') return;
    cpu.flagged += Math.max(0, missed);
    const before = cpu.lost;
    // Where the page has no room for the number, the buffer's own counter has it.
    cpu.lost = missed > 0 ? Math.max(cpu.lost, cpu.flagged) : Math.max(cpu.flagged, cpu.instance.overrun(cpu.number));
    onLoss(cpu.lost - before);
  };
  return () => {
    // All that happened until now can be read now; later records wait until the other CPUs were asked again.
    let untilNs = bootTimeMs() * 1e6;
    for (const cpu of cpus) if (!readCpu(cpu)) untilNs = Math.min(untilNs, cpu.lastNs);
    pending.sort((a, b) => a.timeNs - b.timeNs);
    let count = pending.length;
    while (count > 0 && (pending[count - 1]?.timeNs ?? 0) > untilNs) count -= 1;
    const ready = count === pending.length ? pending : pending.slice(0, count);
    pending = count === pending.length ? [] : pending.slice(count);
    onRecords(ready, untilNs);
    return pending.length > 0;
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
