/** Sets up an empty instance of tracing, for a moment. See docs/drills/trace-instance.md. */

import { mkdirSync, rmdirSync } from 'node:fs';
import { openTracefsMount } from '#host/tracefs-mount.ts';
import { defineDrill } from './drill.ts';

const NAME = 'rehearsal-of-telltale';
const RULES = ['kprobe-new'];

export default defineDrill({
  name: 'trace-instance',
  doc: 'Sets up an empty instance of kernel tracing, for a moment; nothing is traced.',
  rules: RULES,
  applies() {
    const mount = openTracefsMount();
    if (typeof mount === 'string') return `tracefs cannot be reached here: ${mount}`;
    mount[Symbol.dispose]();
    return true;
  },
  async act(_host, signal) {
    signal.throwIfAborted();
    const mount = openTracefsMount();
    if (typeof mount === 'string') throw new Error(`Cannot reach tracefs for a rehearsal: ${mount}`);
    const path = `${mount.path}/instances/${NAME}`;
    const atMs = Date.now();
    try {
      makeAgain(path);
    } catch (error) {
      mount[Symbol.dispose]();
      throw error;
    }
    return await Promise.resolve({
      atMs,
      words: `made the tracing instance ${NAME}`,
      isToldBy: ({ finding }) => RULES.includes(finding.rule) && finding.facts['target'] === NAME,
      [Symbol.asyncDispose]() {
        rmdirSync(path);
        mount[Symbol.dispose]();
        return Promise.resolve();
      },
    });
  },
});

/** One that an earlier rehearsal left when it was killed is taken away first: the name is ours alone. */
function makeAgain(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    rmdirSync(path);
    mkdirSync(path, { mode: 0o700 });
  }
}
