/** Drills that write one harmless file where a program looks for it, and take it away again. */

import {
  closeSync,
  constants,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Drill, defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';

/** What is written where. */
export interface Planted {
  readonly name: string;
  readonly doc: string;
  readonly rules: readonly string[];
  readonly path: string;
  readonly text: string;
  /** Whatever the umask of the daemon is; default: 0644 less the umask. */
  readonly mode?: number;
  /** Where this folder is missing nothing looks for the file, and the drill is skipped; default: it always applies. */
  readonly within?: string;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** The drill of a file; folders that are missing are made, and removed with it. */
export function plantedFile({ name, doc, rules, path, text, mode, within }: Planted): Drill {
  return defineDrill({
    name,
    doc,
    rules,
    ...(within !== undefined && { applies: ({ files }) => isThere(files, within) }),
    async act(_host, signal) {
      signal.throwIfAborted();
      const folders = makeFolders(dirname(path));
      const atMs = Date.now();
      try {
        write(path, text, mode);
      } catch (error) {
        removeFolders(folders);
        throw error;
      }
      return await Promise.resolve({
        atMs,
        words: `wrote ${path}`,
        isToldBy: ({ finding }) => rules.includes(finding.rule) && finding.facts['file'] === path,
        [Symbol.asyncDispose]() {
          unlinkSync(path);
          removeFolders(folders);
          return Promise.resolve();
        },
      });
    },
  });
}

/** A file that an earlier rehearsal left when it was killed is taken away first; anybody else's stays. */
function write(path: string, text: string, mode: number | undefined): void {
  try {
    writeNew(path, text, mode);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (readFileSync(path, 'utf8') !== text)
      throw new Error(`Cannot rehearse with "${path}": somebody else's file has this name`, { cause: error });
    unlinkSync(path);
    writeNew(path, text, mode);
  }
}

function writeNew(path: string, text: string, mode: number | undefined): void {
  const fd = openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o644);
  try {
    if (mode !== undefined) fchmodSync(fd, mode);
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** Makes what is missing; gives what was made, the deepest first. */
function makeFolders(folder: string): readonly string[] {
  const first = mkdirSync(folder, { recursive: true, mode: 0o755 });
  const made: string[] = [];
  if (first === undefined) return made;
  for (let at = folder; at.length >= first.length; at = dirname(at)) made.push(at);
  return made;
}

/** Somebody may have put something of his own there meanwhile: then it stays. */
function removeFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'ENOENT')))
        throw error;
      return;
    }
  }
}
