/** Arms the eBPF programs that tell of binds: with address and port, also of UDP sockets that live a moment only. */

import { type BindRecord, parseBindRecord } from '#formats/bpf-bind.ts';
import { CGROUP_INET4_POST_BIND, CGROUP_INET6_POST_BIND, loadBindProgram } from './bpf-bind.ts';
import { createMap, linkToCgroup, readCounter } from './bpf-call.ts';
import { openBpfRing } from './bpf-ring.ts';
import { lastError, libc, O } from './ffi.ts';
import { watchReadable } from './poller.ts';
import { readProcFile } from './proc-file.ts';

export interface BpfBinds extends Disposable {
  /** Everything that is in the ring now, in order. */
  take(): BindRecord[];
  /** Records that found the ring full. */
  lost(): number;
}

export interface BpfOptions {
  /** Folder of a cgroup of version 2; its processes and those below are seen. */
  readonly cgroup: string;
  readonly onReadable: () => void;
}

const MAP_TYPE_ARRAY = 2;
const MAP_TYPE_RINGBUF = 27;
/** 14,500 binds; the kernel keeps it as locked memory. */
const RING_BYTES = 1 << 20;
const MAX_RECORDS = 65_536;

/** Text that says why when the kernel refuses. */
export function openBpfBinds({ cgroup, onReadable }: BpfOptions): BpfBinds | string {
  try {
    using stack = new DisposableStack();
    const own = (fd: number): number => {
      stack.defer(() => {
        libc.close(fd);
      });
      return fd;
    };
    const directory = libc.open(cgroup, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
    if (directory < 0) return `Cannot open the cgroup "${cgroup}": ${lastError()}`;
    own(directory);
    const maps = {
      ring: own(createMap(MAP_TYPE_RINGBUF, 0, 0, RING_BYTES)),
      lost: own(createMap(MAP_TYPE_ARRAY, 4, 8, 1)),
    };
    const ring = stack.use(openBpfRing(maps.ring, RING_BYTES));
    for (const attachType of [CGROUP_INET4_POST_BIND, CGROUP_INET6_POST_BIND]) {
      const program = own(loadBindProgram(attachType, maps));
      own(linkToCgroup(program, directory, attachType));
    }
    stack.use(watchReadable(maps.ring, onReadable));
    const owned = stack.move();
    return {
      take() {
        const records: BindRecord[] = [];
        ring.drain((bytes) => {
          const record = parseBindRecord(bytes);
          if (record !== undefined) records.push(record);
        }, MAX_RECORDS);
        return records;
      },
      lost: () => readCounter(maps.lost),
      [Symbol.dispose]: () => {
        owned.dispose();
      },
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Root of the cgroup hierarchy of version 2, wherever it is mounted; undefined when there is none. */
export function cgroupRoot(): string | undefined {
  for (const line of readProcFile('/proc/self/mountinfo').split('\n')) {
    const [mount, kind] = line.split(' - ');
    const fields = mount?.split(' ');
    if (kind?.startsWith('cgroup2 ') && fields?.[4] !== undefined) {
      return fields[4].replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    }
  }
  return undefined;
}
