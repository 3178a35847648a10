/** Which process a thread belongs to: kernel events carry the thread's id. */

export interface Threads {
  get(tid: number): number | undefined;
  set(tid: number, pid: number): void;
  delete(tid: number): void;
  /** It ended; its events may still be on the way. */
  end(tid: number, timeNs: number): void;
  /** Forgets those that ended before `untilNs`. */
  sweep(untilNs: number): void;
  clear(): void;
  readonly size: number;
}

/** At this many threads the oldest goes; /proc is asked for it then. */
const MAX_THREADS = 65_536;

export function makeThreads(): Threads {
  const processes = new Map<number, number>();
  const ended = new Map<number, number>();
  return {
    get: (tid) => processes.get(tid),
    set(tid, pid) {
      processes.delete(tid);
      ended.delete(tid);
      processes.set(tid, pid);
      if (processes.size > MAX_THREADS) {
        const oldest = processes.keys().next().value as number;
        processes.delete(oldest);
        ended.delete(oldest);
      }
    },
    delete(tid) {
      processes.delete(tid);
      ended.delete(tid);
    },
    end(tid, timeNs) {
      if (processes.has(tid)) ended.set(tid, timeNs);
    },
    sweep(untilNs) {
      for (const [tid, timeNs] of ended) {
        if (timeNs >= untilNs) break;
        ended.delete(tid);
        processes.delete(tid);
      }
    },
    clear() {
      processes.clear();
      ended.clear();
    },
    get size() {
      return processes.size;
    },
  };
}
