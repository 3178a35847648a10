/** Hears of files in a process of its own (watch-files.ts), in the mount namespace of an overlay or in ours. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Overlay } from './overlay.ts';

/** A line of watch-files.ts: what was armed, then an event a line, then what was lost. */
export interface HeardLine {
  readonly armed?: string;
  readonly gaps?: readonly { readonly what: string; readonly why: string; readonly reduced?: boolean }[];
  readonly lost?: number;
  readonly kind?: string;
  readonly path?: string;
  readonly pid?: number;
  readonly writer?: string;
}

/** Everything that was told while `act` ran, and the first and last word. `without`: ways not to be tried. */
export async function heard(
  machine: Overlay | undefined,
  what: { readonly without?: string; readonly paths: readonly string[] },
  act: () => Promise<unknown>,
): Promise<{ readonly armed: HeardLine; readonly events: readonly HeardLine[]; readonly end: HeardLine }> {
  const args = [resolve('bin/node'), resolve('test/lab/watch-files.ts'), what.without ?? '-', ...what.paths];
  const child: ChildProcess = machine?.spawn('/bin/sh', args) ?? spawn('/bin/sh', args);
  const lines: HeardLine[] = [];
  let armed = (): void => undefined;
  const ready = new Promise<void>((done) => (armed = done));
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(JSON.parse(line) as HeardLine);
    armed();
  });
  child.stderr?.pipe(process.stderr);
  await ready;
  await act();
  const ended = once(child, 'close');
  child.stdin?.end();
  await ended;
  return { armed: lines[0] ?? {}, events: lines.slice(1, -1), end: lines.at(-1) ?? {} };
}
