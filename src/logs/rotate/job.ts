/** What the steps of a rotation share. */

import type { Stats } from 'node:fs';
import type { RotatedStep, RotationStep, Seal } from '#formats/rotation-record.ts';
import type { Journal } from './journal.ts';
import type { Messages, OrderedMessages } from './messages.ts';
import type { Listing, Names } from './names.ts';
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
  /** Told of every log that was rotated, sealed or removed, when somebody keeps a record. */
  readonly onStep: ((step: RotationStep) => void) | undefined;
  /** Told how far a long compression is, when somebody looks. */
  readonly onProgress: ((path: string, doneBytes: number, allBytes: number) => void) | undefined;
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
  /** What was done to the log, until it is told. */
  rotated?: Omit<RotatedStep, 'seal'> | undefined;
  /** The rotated log was sealed when it was compressed. */
  seal?: Seal | undefined;
  /** What stood in the folder of the old logs, when many logs share it and nothing but us works there. */
  listing?: Listing | undefined;
  /** Few are due in its paragraph: the journal is synced for each. */
  durable: boolean;
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
