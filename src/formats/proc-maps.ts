/**
 * Memory of a process that may be run: /proc/PID/maps, proc_pid_maps(5). A line is
 * "start-end perms offset dev inode            path".
 */

/** What is odd about executable memory; kilobytes. */
export interface ExecutableMemory {
  /** Writable and executable at once. */
  readonly writableKb: number;
  /** Executable, and from no file: written at run time, by a JIT or by somebody who injected it. */
  readonly anonymousKb: number;
  /** The stack, or the heap, may be run. */
  readonly stackKb: number;
  /** Files that are mapped executable and lie in memory or are gone ("/memfd:x (deleted)"), at most 8. */
  readonly gone: readonly string[];
}

// The kernel's own: they are in every process, and nobody can write them.
const KERNELS = /^\[(?:vdso|vvar|vvar_vclock|vsyscall|sigpage|uprobes)\]$/;
const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) (...)([ps]) [0-9a-f]{1,16} [0-9a-f]{2,6}:[0-9a-f]{2,6} (\d{1,20}) *(.*)$/;
const MAX_NAMES = 8;

/** Reads the whole text; lines that are not such are counted in `rejects`. */
export function parseExecutableMaps(text: string): { readonly memory: ExecutableMemory; readonly rejects: number } {
  let [writableKb, anonymousKb, stackKb, rejects] = [0, 0, 0, 0];
  const gone = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    // Most lines are of no interest: the third letter of the permissions says so.
    const space = line.indexOf(' ');
    if (space > 0 && line[space + 3] === '-' && line[space + 5] === ' ') continue;
    const match = LINE.exec(line);
    if (match === null) {
      rejects += 1;
      continue;
    }
    const [, start = '', end = '', permissions = '', , inode = '', path = ''] = match;
    if (permissions[2] !== 'x' || KERNELS.test(path)) continue;
    const kb = Math.max(0, Math.round((Number.parseInt(end, 16) - Number.parseInt(start, 16)) / 1024));
    if (path === '[stack]' || path === '[heap]') stackKb += kb;
    else if (permissions[1] === 'w') writableKb += kb;
    else if (inode === '0') anonymousKb += kb;
    if (inode !== '0' && path.endsWith(' (deleted)') && gone.size < MAX_NAMES) gone.add(path.slice(0, -10));
  }
  return { memory: { writableKb, anonymousKb, stackKb, gone: [...gone] }, rejects };
}
