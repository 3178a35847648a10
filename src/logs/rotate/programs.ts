/**
 * The one place where rotation starts other programs: scripts of the configuration by /bin/sh -c, which is the format's
 * own contract; compressors, mailers, shred. Never anything else through a shell.
 */

import type * as ChildProcessModule from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { asCaller, type Identity, whoami } from './identity.ts';
import type { Messages } from './messages.ts';

// Loaded when first needed: most runs rotate nothing and start nothing.
const childProcess = (): typeof ChildProcessModule => process.getBuiltinModule('node:child_process');

export interface Program {
  readonly file: string;
  /** Latin-1, one character a byte. */
  readonly args: readonly string[];
  /** A descriptor, 'ignore', 'inherit' or 'pipe', for 0, 1 and 2; further ones are handed on as 3, 4, … */
  readonly stdio: readonly ('ignore' | 'inherit' | 'pipe' | number)[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whom it runs as, for good; undefined: the caller of logrotate. */
  readonly as?: Identity | undefined;
  /** A helper of ours, of which logrotate's own messages do not speak. */
  readonly quiet?: boolean;
}

export interface Ended {
  /** 0 when all went well. */
  readonly code: number;
  /** Set when it could not be started: the errno's name. */
  readonly notStarted?: string;
  /** What it wrote to descriptor 2 when that was a pipe; at most 64 KiB are kept. */
  readonly stderr: string;
}

const STDERR_BYTES = 65_536;

/** Starts it. The effective user is switched around the fork, so that it cannot become us again. */
export function start(program: Program, messages: Messages): ChildProcess {
  const now = whoami();
  const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { file, args } = encodable(program);
  const options: SpawnOptions = { stdio: [...program.stdio], env: { ...process.env, ...program.env } };
  const { as } = program;
  if (as !== undefined && as.uid !== caller.uid) Object.assign(options, as);
  if (program.quiet !== true) messages.debug(switchWords(as, now, caller));
  return asCaller(() => childProcess().spawn(file, args, options));
}

/** What logrotate tells when a program is to run as the `su` user. */
export function permanently(as: Identity): string {
  return `switching uid to ${as.uid} and gid to ${as.gid} permanently (pid ${process.pid})\n`;
}

function switchWords(as: Identity | undefined, now: Identity, caller: Identity): string {
  if (as !== undefined) return permanently(as);
  if (now.uid === caller.uid && now.gid === caller.gid) return '';
  return `switching euid from ${now.uid} to ${caller.uid} and egid from ${now.gid} to ${caller.gid} (pid ${process.pid})\n`;
}

/** Waits until it ended and its pipes are closed. */
export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    let stderr = '';
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      if (stderr.length < STDERR_BYTES) stderr += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ code: 127, notStarted: error.code ?? 'EIO', stderr });
    });
    child.on('close', (code, signal) => resolve({ code: signal === null ? (code ?? 1) : 1, stderr }));
  });
}

export async function run(program: Program, messages: Messages): Promise<Ended> {
  return ended(start(program, messages));
}

/** A script of the configuration; `args` become $1 and $2. Its output goes where ours goes. */
export async function runScript(script: string, args: readonly string[], messages: Messages): Promise<boolean> {
  const stdio = ['inherit', 'inherit', 'inherit'] as const;
  const { code } = await run({ file: '/bin/sh', args: ['-c', script, 'logrotate_script', ...args], stdio }, messages);
  return code === 0;
}

/**
 * Node hands arguments on as UTF-8. What is not UTF-8 goes to a shell as octal, which calls the program with the bytes:
 * only printf runs there, on digits.
 */
function encodable({ file, args }: Program): { readonly file: string; readonly args: string[] } {
  const texts = args.map((arg) => Buffer.from(arg, 'latin1').toString('utf8'));
  const whole = texts.every((text, index) => Buffer.from(text, 'utf8').toString('latin1') === args[index]);
  if (whole) return { file, args: texts };
  const words = args.map((arg, index) => {
    const octal = [...Buffer.from(arg, 'latin1')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    return `a${index}=$(printf '${octal}.'); a${index}=\${a${index}%.}; `;
  });
  const call = args.map((_, index) => `"$a${index}"`).join(' ');
  return { file: '/bin/sh', args: ['-c', `LC_ALL=C; ${words.join('')}exec "$0" ${call}`, file] };
}
