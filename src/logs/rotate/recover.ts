/**
 * Puts in order what a killed run left: half copies go, an interrupted shift is taken back, a log that was already moved
 * is finished with its old names. Everything found is told.
 */

import type { Stats } from 'node:fs';
import { close, lstat, open, readAt, rename, unlink } from './files.ts';
import type { Begun, Left, Move } from './journal.ts';
import type { Messages } from './messages.ts';
import type { Names } from './names.ts';
import { partOf } from './part.ts';
import { temporaryName } from './shift.ts';
import type { StateStore } from './state-store.ts';

/** Logs whose rotation is to be finished: names it began with, and facts of the file that was moved. */
export type Resumed = ReadonlyMap<string, { readonly names: Names; readonly stats: Stats }>;

/** Works through what the journal left. Returns the logs to be finished by this run. */
export function recover(left: readonly Left[], state: StateStore, messages: Messages): Resumed {
  const resumed = new Map<string, { readonly names: Names; readonly stats: Stats }>();
  for (const entry of left) {
    const { log, begun } = entry;
    if (entry.ended !== undefined) {
      state.of(log).last = entry.ended;
      messages.warning(`an earlier run was stopped after it rotated ${log}; its date is kept\n`);
      continue;
    }
    removePacked(entry, messages);
    if (begun === undefined) continue;
    removeParts(begun.names, messages);
    const stats = movedFile(begun, entry.copiedBytes);
    if (stats !== undefined) {
      messages.warning(`an earlier run was stopped while it rotated ${log}; finishing that rotation\n`);
      resumed.set(log, { names: begun.names, stats });
    } else takeBack(begun, messages);
  }
  return resumed;
}

/** Copies that were not whole: what they were made from is still there. */
function removeParts(names: Names, messages: Messages): void {
  const paths = [names.final, names.final + names.compressExtension];
  for (const path of new Set(paths)) {
    const part = partOf(path);
    if (lstat(part) === undefined) continue;
    if ('value' in unlink(part)) messages.warning(`removed the unfinished copy ${part}\n`);
  }
}

/** The compressed file got its name, so it is whole and on the disk; its source was about to go. */
function removePacked({ packed }: Left, messages: Messages): void {
  for (const { path, target, inode } of packed) {
    if (lstat(target)?.ino !== inode || lstat(path) === undefined) continue;
    if ('value' in unlink(path)) messages.warning(`removed ${path}, which is compressed as ${target}\n`);
  }
}

/** Facts of the log that was moved or copied to its rotated name; undefined when it still stands where it was. */
function movedFile({ log, names, inode, how }: Begun, copiedBytes: number | undefined): Stats | undefined {
  const live = lstat(log);
  const final = lstat(names.final) ?? lstat(names.final + names.compressExtension);
  if (how === 'copy') {
    if (live?.ino !== inode || copiedBytes === undefined || final === undefined) return undefined;
    return sameHead(names.final, log) ? undefined : final;
  }
  if (live?.ino === inode) return undefined;
  return (how === 'renamecopy' ? lstat(temporaryName(log)) : undefined) ?? final;
}

/** True when all of `copy` stands at the head of `log`: then the log was not emptied yet. */
function sameHead(copy: string, log: string): boolean {
  const a = open(copy, 'read');
  const b = open(log, 'read');
  try {
    if ('failed' in a || 'failed' in b) return false;
    const one = Buffer.alloc(1024 * 1024);
    const two = Buffer.alloc(1024 * 1024);
    for (let at = 0; ; at += one.length) {
      const left = readAt(a.value, one, at);
      const right = readAt(b.value, two, at);
      if ('failed' in left || 'failed' in right || right.value < left.value) return false;
      if (!one.subarray(0, left.value).equals(two.subarray(0, left.value))) return false;
      if (left.value < one.length) return at + left.value > 0;
    }
  } finally {
    if ('value' in a) close(a.value);
    if ('value' in b) close(b.value);
  }
}

/** Old logs go back to the numbers they had; a copy of a log that is still whole goes. */
function takeBack({ log, names, how, inode, moves }: Begun, messages: Messages): void {
  const wholeCopy = how === 'copy' && lstat(log)?.ino === inode && lstat(names.final) !== undefined;
  if (wholeCopy && sameHead(names.final, log) && 'value' in unlink(names.final)) {
    messages.warning(`removed ${names.final}: ${log} still holds all of it\n`);
  }
  const back = moves.toReversed().filter(moveBack).length;
  const words = back === 0 ? 'nothing had been moved' : `moved ${back} old ${back === 1 ? 'log' : 'logs'} back`;
  messages.warning(`an earlier run was stopped before it rotated ${log}; ${words}\n`);
}

/** Only the very file that was moved, and only to where nothing is. */
function moveBack({ from, to, inode }: Move): boolean {
  return lstat(to)?.ino === inode && lstat(from) === undefined && 'value' in rename(to, from);
}
