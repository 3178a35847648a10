/** What the steps of a rotation share. */

import type { Stats } from 'node:fs';
import type { Journal } from './journal.ts';
import type { Listing } from './listing.ts';
import type { Messages, OrderedMessages } from './messages.ts';
import type { Names } from './names.ts';
import type { LogSet } from './policy.ts';

/** One run of logrotate. */
export interface Run {
  readonly messages: OrderedMessages;
  /** --debug: everything is told, nothing is done. */
  readonly dry: boolean;
  readonly force: boolean;
  readonly nowMs: number;
  readonly mailCommand: string;
  readonly journal: Journal;
  /** Takes the lock on the state file, if that is still to be done. Throws when others hold it, or were faster. */
  readonly lock: () => Promise<void>;
  /** At most this many compressors at once. */
  readonly atOnce: number;
  /** Told of every log that was rotated, when somebody wants to know. */
  readonly onRotated: ((rotated: Rotated) => void) | undefined;
  /** Told how far a long compression is, when somebody looks. */
  readonly onProgress: ((path: string, doneBytes: number, allBytes: number) => void) | undefined;
}

/** A rotation that took place: what the log reader and the integrity check need to follow the file. */
export interface Rotated {
  readonly log: string;
  readonly to: string;
  readonly how: 'rename' | 'copy' | 'copytruncate' | 'renamecopy';
  readonly device: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly timeMs: number;
  /** Bytes at the head of the live log that are also at the end of the copy (copytruncate by collapsing). */
  readonly repeatedBytes: number;
  /** Bytes that were written while the log was emptied, and are nowhere; null when nobody can tell how many. */
  readonly lostBytes: number | null;
}

/** One log of a set on its way through a rotation. */
export interface Job {
  readonly run: Run;
  readonly set: LogSet;
  readonly log: string;
  messages: Messages;
  stats: Stats;
  due: boolean;
  failed: boolean;
  /** Its old file has an ACL, which new files then get. */
  acl: boolean;
  names: Names | undefined;
  /** What stood in the folder of the old logs, when many logs share it and nothing but us works there. */
  listing?: Listing | undefined;
  /** What an interrupted run left of this rotation, when there is something. */
  resumed: boolean;
}

/** What a copy came to. */
export interface Copied {
  readonly bytes: number;
  /** Bytes at the head of the live log that the copy has too; 0 when the log was emptied. */
  readonly repeatedBytes: number;
  /** undefined: something may be lost, and nobody can tell how much. */
  readonly lostBytes: number | undefined;
}
