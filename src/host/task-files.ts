/**
 * All sockets that processes hold, told by the kernel itself: an eBPF iterator over open files writes process, descriptor
 * and inode of each. One reading instead of a question for each descriptor of the host. See
 * docs/decisions/0221-descriptors-by-iterator.md.
 */

import { readFileSync } from 'node:fs';
import { type Btf, parseBtf } from '#formats/btf.ts';
import { eachTaskFile, TASK_FILE_BYTES } from '#formats/task-file.ts';
import type { Slicer } from '#lib/slicer.ts';
import { bpf } from './bpf-assembler.ts';
import { createIterator, linkIterator, loadProgram } from './bpf-call.ts';
import { libc } from './ffi.ts';
import { foreignNumbers } from './pid-namespace.ts';

/** What is loaded stays for as long as the process lives: other commands of ours recognise it by this name. */
export const TASK_FILES_NAME = 'telltale_files';

/** Holds a program and its link. */
export interface TaskFiles extends Disposable {
  /**
   * Calls `onSocket` for each socket that a process holds, the oldest number of a process first. False when the kernel broke
   * off: then all must be asked for in another way.
   */
  each(onSocket: (inode: number, pid: number, descriptor: number) => void, slicer: Slicer): Promise<boolean>;
}

const BTF_FILE = '/sys/kernel/btf/vmlinux';
const PROG_TYPE_TRACING = 26;
const TRACE_ITER = 28;
/** As much as the kernel gathers for one reading (PAGE_SIZE << 3 in bpf_seq_read()). */
const READ_BYTES = 32_768;
/** Numbers of helpers: enum bpf_func_id. Turning a file into its socket came with Linux 5.11. */
const helper = { seqWrite: 127, sockFromFile: 162 } as const;

/** Text that says why where the kernel does not allow it, or does not describe itself. */
export function openTaskFiles(): TaskFiles | string {
  const foreign = foreignNumbers();
  if (foreign !== undefined) return foreign;
  try {
    const places = placesIn(parseBtf(readFileSync(BTF_FILE)));
    if (places === undefined) return `"${BTF_FILE}" does not describe what is needed`;
    using stack = new DisposableStack();
    const own = (fd: number): number => stack.adopt(fd, (held) => libc.close(held));
    const options = { name: TASK_FILES_NAME, attachBtfId: places.iterator };
    const program = own(loadProgram(PROG_TYPE_TRACING, TRACE_ITER, programOver(places), options));
    const link = own(linkIterator(program, TRACE_ITER));
    const owned = stack.move();
    return {
      each: async (onSocket, slicer) => await readAll(link, onSocket, slicer),
      [Symbol.dispose]: () => owned.dispose(),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function readAll(link: number, onSocket: Parameters<TaskFiles['each']>[0], slicer: Slicer): Promise<boolean> {
  const fd = createIterator(link);
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const length = libc.read(fd, buffer, buffer.length);
      if (length <= 0) return length === 0;
      if (eachTaskFile(buffer.subarray(0, length), onSocket) !== 0) return false;
      // Two thousand sockets take a millisecond or two.
      await slicer.pause();
    }
  } finally {
    libc.close(fd);
  }
}

/** Offsets in structures of this kernel, and the number of the iterator's function. */
interface Places {
  readonly iterator: number;
  readonly pid: number;
  readonly tgid: number;
  readonly inode: number;
  readonly number: number;
}

function placesIn(btf: Btf | undefined): Places | undefined {
  const iterator = btf?.functionId('bpf_iter_task_file');
  const pid = btf?.offsetOf('task_struct', 'pid');
  const tgid = btf?.offsetOf('task_struct', 'tgid');
  const inode = btf?.offsetOf('file', 'f_inode');
  const number = btf?.offsetOf('inode', 'i_ino');
  if (iterator === undefined || pid === undefined || tgid === undefined) return undefined;
  return inode === undefined || number === undefined ? undefined : { iterator, pid, tgid, inode, number };
}

/** Offsets in struct bpf_iter__task_file, the context of the program, and in struct bpf_iter_meta. */
const context = { meta: 0, task: 8, descriptor: 16, file: 24 } as const;
const meta = { seq: 0 } as const;

/** The record lies on the stack, below the frame pointer. */
const at = (offset: number): number => offset - TASK_FILE_BYTES;

/**
 * Sees every descriptor of every process, and of threads that do not share them: these are left out, as in /proc/PID/fd.
 * The last call comes without a task.
 */
function programOver({ pid, tgid, inode, number }: Places): Buffer[] {
  const write = [
    bpf.load(8, 1, 8, inode),
    bpf.load(8, 1, 1, number),
    bpf.store(8, 10, at(8), 1),
    bpf.load(8, 1, 6, context.meta),
    bpf.load(8, 1, 1, meta.seq),
    bpf.copy(2, 10),
    bpf.add(2, at(0)),
    bpf.set(3, TASK_FILE_BYTES),
    bpf.call(helper.seqWrite),
  ];
  const ofFile = [bpf.copy(1, 8), bpf.call(helper.sockFromFile), bpf.skipIfEqual(0, 0, write.length), ...write];
  const ofTask = [
    bpf.load(4, 1, 7, tgid),
    bpf.load(4, 2, 7, pid),
    bpf.skipIfOther(1, 2, ofFile.length + 3),
    bpf.store(4, 10, at(0), 1),
    bpf.load(4, 1, 6, context.descriptor),
    bpf.store(4, 10, at(4), 1),
    ...ofFile,
  ];
  return [
    bpf.copy(6, 1),
    bpf.load(8, 7, 6, context.task),
    bpf.skipIfEqual(7, 0, ofTask.length + 2),
    bpf.load(8, 8, 6, context.file),
    bpf.skipIfEqual(8, 0, ofTask.length),
    ...ofTask,
    bpf.set(0, 0),
    bpf.exit(),
  ];
}
