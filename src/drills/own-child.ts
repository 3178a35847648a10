/** A harmless child of a rehearsal: our own hand by its pid, and gone when the rehearsal is. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Alert } from '#model/finding.ts';
import type { Host } from '#model/host.ts';

/** Debian's base has it, so a rehearsal needs nothing that is not there. */
export const PERL = '/usr/bin/perl';

/** Code of Perl that waits until its input ends: it does so when we are gone, however we went. */
export const untilInputEnds = '$|=1; print "ready\\n"; <STDIN>;';

/** A running child. Disposing of it ends it and takes it out of `host.own`. */
export interface OwnChild extends AsyncDisposable {
  readonly pid: number;
  readonly atMs: number;
  /** Resolves with the first line that it says; rejects when it ends before. */
  said(signal: AbortSignal): Promise<string>;
}

/** Starts it. `argv0` is the name that it uses for itself. */
export async function startOwn(
  host: Pick<Host, 'own'>,
  command: string,
  args: readonly string[],
  options: { readonly argv0?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<OwnChild> {
  const atMs = Date.now();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/', env: {}, ...options });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new Error(`Cannot start "${command}" for a rehearsal`, { cause: error });
  }
  host.own.add(pid);
  const ended = once(child, 'exit').catch(() => undefined);
  // A pid may be given to anybody once it is free: it must not stay ours.
  void ended.then(() => host.own.delete(pid));
  // It may be gone before its input is closed.
  child.stdin.on('error', () => undefined);
  return {
    pid,
    atMs,
    said: (signal) => firstLine(child, signal),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function firstLine(child: ChildProcessByStdio<Writable, Readable, null>, signal: AbortSignal): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('The process of the rehearsal ended before it was ready');
  });
  const [bytes] = (await Promise.race([once(child.stdout, 'data', { signal }), ended])) as [Buffer];
  return bytes.toString('utf8').split('\n', 1)[0] ?? '';
}

/** Is the alert of one of these rules, and about this process? */
export function isAbout(alert: Alert, rules: readonly string[], pid: number): boolean {
  return rules.includes(alert.finding.rule) && alert.finding.who?.pid === pid;
}
