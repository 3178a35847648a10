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
  const sum = { writableKb: 0, anonymousKb: 0, stackKb: 0, gone: new Set<string>() };
  let rejects = 0;
  for (const line of text.split('\n')) {
    if (line === '' || isPlain(line)) continue;
    const match = LINE.exec(line);
    if (match === null) rejects += 1;
    else add(sum, match);
  }
  return { memory: { ...sum, gone: [...sum.gone] }, rejects };
}

/** Most lines are of no interest: the third letter of the permissions says so. */
function isPlain(line: string): boolean {
  const space = line.indexOf(' ');
  return space > 0 && line[space + 3] === '-' && line[space + 5] === ' ';
}

interface Sum {
  writableKb: number;
  anonymousKb: number;
  stackKb: number;
  readonly gone: Set<string>;
}

function add(sum: Sum, match: RegExpExecArray): void {
  const [start, end, permissions, , inode, path] = match.slice(1) as [string, string, string, string, string, string];
  if (permissions[2] !== 'x' || KERNELS.test(path)) return;
  const kb = Math.max(0, Math.round((Number.parseInt(end, 16) - Number.parseInt(start, 16)) / 1024));
  if (path === '[stack]' || path === '[heap]') sum.stackKb += kb;
  else if (permissions[1] === 'w') sum.writableKb += kb;
  else if (inode === '0') sum.anonymousKb += kb;
  const left = inode !== '0' && path.endsWith(' (deleted)');
  if (left && sum.gone.size < MAX_NAMES) sum.gone.add(path.slice(0, -10));
}
