/** Drills that add one harmless line to a file that is there, and take exactly this line out again. */

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { type Drill, defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';

/** What is added where; `line` without its newline. */
export interface Appended {
  readonly name: string;
  readonly doc: string;
  readonly rules: readonly string[];
  readonly path: string;
  readonly line: string;
}

const { O_NOFOLLOW, O_RDWR } = constants;
/** A larger file is not touched. */
const MAX_BYTES = 4 << 20;

/** The drill of a line; it is taken out where it stands, also when others wrote to the file meanwhile. */
export function appendedLine({ name, doc, rules, path, line }: Appended): Drill {
  return defineDrill({
    name,
    doc,
    rules,
    applies: ({ files }) => isThere(files, path),
    async act(_host, signal) {
      signal.throwIfAborted();
      // What a rehearsal left that was killed goes first.
      takeOut(path, line);
      const atMs = Date.now();
      put(path, line);
      return await Promise.resolve({
        atMs,
        words: `added a line to ${path}`,
        isToldBy: ({ finding }) => rules.includes(finding.rule) && finding.facts['file'] === path,
        [Symbol.asyncDispose]() {
          takeOut(path, line);
          return Promise.resolve();
        },
      });
    },
  });
}

function put(path: string, line: string): void {
  withFile(path, (fd, content) => {
    const begin = content.length === 0 || content.at(-1) === 0x0a ? '' : '\n';
    writeSync(fd, `${begin}${line}\n`, content.length);
  });
}

/** Writes only what stands behind the line, so that the file is never shorter than it should be for long. */
function takeOut(path: string, line: string): void {
  withFile(path, (fd, content) => {
    const found = Buffer.from(`${line}\n`);
    const at = content.indexOf(found);
    if (at < 0) return;
    const rest = content.subarray(at + found.length);
    writeSync(fd, rest, 0, rest.length, at);
    ftruncateSync(fd, at + rest.length);
  });
}

function withFile(path: string, use: (fd: number, content: Buffer) => void): void {
  const fd = openSync(path, O_RDWR | O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    if (size > MAX_BYTES) throw new Error(`Cannot rehearse with "${path}": it is larger than ${MAX_BYTES} bytes`);
    const content = Buffer.alloc(size);
    const length = readSync(fd, content, 0, size, 0);
    use(fd, content.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}
