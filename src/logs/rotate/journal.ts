/**
 * What is being done right now, beside the state file: a run that is killed leaves it, and the next run reads from it
 * which logs were on their way, puts their files where they belong, and goes on. One line of JSON a step; a last line
 * that is cut is as good as not written. docs/logs/rotate-crash.md has the steps and what each kill leads to.
 */

import type { Calendar } from '#formats/logrotate-state.ts';
import { fs } from '#lib/lean-fs.ts';
import { close, lstat, open, readText, sync, unlink, writeAll } from './files.ts';
import { asCaller } from './identity.ts';
import type { Messages } from './messages.ts';
import type { Names } from './names.ts';

/** One rename of the shift, in the order in which they are made; `inode` is of the file that moves. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly inode: number;
}

/** A rotation that began. */
export interface Begun {
  readonly log: string;
  readonly inode: number;
  readonly how: 'rename' | 'copy' | 'renamecopy';
  readonly names: Names;
  readonly moves: readonly Move[];
}

/** What an earlier run left about one log. */
export interface Left {
  readonly log: string;
  /** undefined: only the last old log was being compressed. */
  readonly begun: Begun | undefined;
  /** The log was copied whole, this many bytes; what follows is emptying it. */
  readonly copiedBytes: number | undefined;
  /** A compressed file that was to get its name; its source goes when it has it. */
  readonly packed: readonly { readonly path: string; readonly target: string; readonly inode: number }[];
  /** The rotation came to its end, then. */
  readonly ended: Calendar | undefined;
}

export interface Journal {
  /** `durable`: on the disk before this returns, so that it also survives a power failure. */
  begin(begun: Begun, durable: boolean): void;
  copied(log: string, bytes: number): void;
  packed(log: string, path: string, target: string, inode: number): void;
  /** `soon`: written with what comes next, for what may be repeated without harm. */
  end(log: string, when: Calendar, soon: boolean): void;
  /** All is done and the state is written: nothing to remember. */
  clear(): void;
}

/** Keeps nothing: for --debug, and where there is no state file. */
export const noJournal: Journal = {
  begin: () => undefined,
  copied: () => undefined,
  packed: () => undefined,
  end: () => undefined,
  clear: () => undefined,
};

/** Beside the state file. */
function journalPath(state: string): string {
  return `${state}.telltale-journal`;
}

/**
 * Made when the first rotation begins, 0600, by the caller of logrotate also while `su` is in force. When it cannot be
 * written that is told once, and rotation goes on as logrotate's does: not safe against being killed.
 */
export function openJournal(state: string, messages: Messages): Journal {
  const path = journalPath(state);
  let fd: number | 'broken' | undefined;
  const give = (words: string): void => {
    messages.warning(
      `cannot write rotation journal ${path}: ${words}; a rotation that is killed now cannot be finished\n`,
    );
    fd = 'broken';
  };
  let waiting = '';
  const write = (record: unknown): void => {
    if (fd === undefined) {
      const opened = asCaller(() => open(path, 'append', 0o600));
      if ('failed' in opened) give(opened.failed.words);
      else fd = opened.value;
    }
    if (typeof fd !== 'number') return;
    const written = writeAll(fd, Buffer.from(`${waiting}${JSON.stringify(record)}\n`, 'latin1'));
    waiting = '';
    if ('failed' in written) give(written.failed.words);
  };
  return {
    begin: (begun, durable) => {
      write({ step: 'begin', ...begun });
      if (durable && typeof fd === 'number') sync(fd);
    },
    copied: (log, bytes) => write({ step: 'copied', log, bytes }),
    packed: (log, from, target, inode) => write({ step: 'packed', log, path: from, target, inode }),
    end: (log, when, soon) => {
      const record = { step: 'end', log, when };
      if (soon) waiting += `${JSON.stringify(record)}\n`;
      else write(record);
    },
    clear: () => {
      if (typeof fd === 'number') close(fd);
      fd = undefined;
      if (lstat(path) !== undefined) unlink(path);
    },
  };
}

/** What an earlier run left; empty when there is no journal. A journal of another owner or kind is not believed. */
export function readJournal(state: string): readonly Left[] {
  const fd = open(journalPath(state), 'read');
  if ('failed' in fd) return [];
  try {
    const found = fs.fstatSync(fd.value);
    if (!found.isFile() || found.uid !== (process.geteuid?.() ?? 0) || (found.mode & 0o022) !== 0) return [];
    const text = readText(fd.value);
    return 'failed' in text ? [] : parseJournal(text.value);
  } finally {
    close(fd.value);
  }
}

/** Latin-1 text of a journal; lines that are no step are passed over. */
function parseJournal(text: string): readonly Left[] {
  const left = new Map<string, { -readonly [K in keyof Left]: Left[K] }>();
  for (const line of text.split('\n').slice(0, -1)) {
    const record = parseStep(line);
    if (record === undefined) continue;
    if (record.step === 'begin') {
      left.set(record.log, { log: record.log, begun: record, copiedBytes: undefined, packed: [], ended: undefined });
      continue;
    }
    const known = left.get(record.log);
    const entry = known ?? { log: record.log, begun: undefined, copiedBytes: undefined, packed: [], ended: undefined };
    left.set(record.log, entry);
    if (record.step === 'copied') entry.copiedBytes = record.bytes;
    else if (record.step === 'packed') entry.packed = [...entry.packed, record];
    else entry.ended = record.when;
  }
  return [...left.values()];
}

type Step =
  | ({ readonly step: 'begin' } & Begun)
  | { readonly step: 'copied'; readonly log: string; readonly bytes: number }
  | {
      readonly step: 'packed';
      readonly log: string;
      readonly path: string;
      readonly target: string;
      readonly inode: number;
    }
  | { readonly step: 'end'; readonly log: string; readonly when: Calendar };

/** Only root writes the journal, and whole lines only are read; so its shape is checked by its step alone. */
function parseStep(line: string): Step | undefined {
  if (!line.startsWith('{"step":"') || !line.endsWith('}')) return undefined;
  try {
    const record = JSON.parse(line) as Step;
    return typeof record.log === 'string' ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
