/** Starts another process of this program: small, with nothing of our environment, and unable to win rights back. */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distrust } from './trusted-program.ts';

/** Which process, and how much it may have. */
export interface OwnProcess {
  /** `import.meta.url` of the file that stands beside `source`. */
  readonly from: string;
  /** The entry in the tree, as "child.ts", and that of a release, as "traps.js". */
  readonly source: string;
  readonly release: string;
  readonly heapMiB: number;
  readonly stdio: StdioOptions;
  /** One argument, as JSON. */
  readonly settings?: unknown;
  /** Given: Node loads no native code and starts no program for it, and it writes nothing but at these paths. */
  readonly writes?: readonly string[];
}

/** util-linux; setpriv(1). */
const SETPRIV = '/usr/bin/setpriv';

/**
 * Starts it in "/". In a release there is no TypeScript to strip (which needs WebAssembly), so there V8 runs without its
 * compilers: less memory, and none of their bugs. Never throws: `error` of the child tells.
 */
export function spawnOwn(own: OwnProcess): ChildProcess {
  const here = fileURLToPath(own.from);
  const typescript = here.endsWith('.ts');
  const cache = typescript ? process.env['NODE_COMPILE_CACHE'] : undefined;
  const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1'];
  flags.push(`--max-old-space-size=${own.heapMiB}`, '--disallow-code-generation-from-strings');
  if (!typescript) flags.push('--jitless');
  if (own.writes !== undefined) flags.push(...confinement(cache === undefined ? own.writes : [...own.writes, cache]));
  const args = [...flags, join(dirname(here), typescript ? own.source : own.release)];
  if (own.settings !== undefined) args.push(JSON.stringify(own.settings));
  const [program, first] = withoutNewPrivileges();
  return spawn(program, [...first, ...args], {
    cwd: '/',
    // Nothing of ours: it may hold a mail password, or what somebody gave us to load.
    env: {
      ...(process.env['TZ'] === undefined ? {} : { TZ: process.env['TZ'] }),
      ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
    },
    stdio: own.stdio,
  });
}

/** Node's permission model: no child processes, no workers, no native code; what may be read is for the kernel to say. */
function confinement(writes: readonly string[]): string[] {
  return ['--permission', '--allow-fs-read=*', '--allow-net', ...writes.map((path) => `--allow-fs-write=${path}`)];
}

/**
 * PR_SET_NO_NEW_PRIVS outlives every exec: whoever takes such a process over cannot become root by a setuid program. It
 * is one thread's, so Node cannot set it for a child alone; where setpriv is missing it is left out.
 */
function withoutNewPrivileges(): readonly [program: string, first: readonly string[]] {
  const node = process.execPath;
  return distrust(SETPRIV, 0) === undefined ? [SETPRIV, ['--no-new-privs', '--', node]] : [node, []];
}
