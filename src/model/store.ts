/**
 * The contract of the store: one file, one writer, one transaction. What must be true together is written together: a
 * list of records is stored whole or not at all, so that *seen* never moves without the alert it raised.
 */

import type { Alert, Incident, Severity } from './finding.ts';
import type { Block } from './responder.ts';
import type { Change, Row } from './table.ts';
import type { Quiet, VerifyResult } from './verbs.ts';

/** A row of the last look, with when it was first seen (epoch milliseconds). */
export interface SeenRow {
  readonly table: string;
  readonly key: string;
  readonly row: Row;
  readonly sinceMs: number;
}

/** One thing that changed, for the evidence: `by` says how we know ("event", "look", "learning"). */
export interface ChangeRecord {
  readonly id: string;
  /** When it happened, as far as known. */
  readonly timeMs: number;
  /** When we saw it. */
  readonly seenMs: number;
  readonly table: string;
  readonly change: Change;
  readonly by: 'event' | 'look' | 'learning';
  /** More than one when many of a kind were counted in one record. */
  readonly count: number;
}

/** An alert with what the engine must remember of it across restarts. */
export interface StoredAlert extends Alert {
  /** `presence` ends when the row goes, `absence` when it comes back, `self` is about the watch. */
  readonly about: 'presence' | 'absence' | 'self';
  /** Acceptance or mute that quiets it. */
  readonly quiet?: string;
  /**
   * Rows that changed in one deed with its own: `title` without their count, `more` how many further findings there are.
   * It ends with the last of its rows.
   */
  readonly deed?: {
    readonly title: string;
    readonly rows: readonly { readonly key: string; readonly fingerprint: string }[];
    readonly more: number;
  };
}

/** What an acceptance or mute compares; empty text means "any". */
export interface QuietMatch {
  readonly exe: string;
  readonly package: string;
  readonly unit: string;
  readonly user: string;
}

/** Identity of the program file an acceptance is tied to. `sha256` is "" where the file was too big to read. */
export interface FileIdentity {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

/** An acceptance or mute with what the engine needs to apply and to end it. */
export interface StoredQuiet extends Quiet {
  readonly match: QuietMatch;
  readonly file?: FileIdentity;
  /** Row that went into the baseline (or out of it: `row` undefined) with this acceptance. */
  readonly moved?: { readonly table: string; readonly key: string; readonly more?: readonly string[] };
}

/** A new version of the baseline: what it puts in and takes out of the version before. */
export interface BaselineMove {
  readonly version: number;
  readonly timeMs: number;
  readonly by: string;
  readonly reason: string;
  /** `replace` starts from nothing (generate, learning), `delete` leaves no baseline at all. */
  readonly kind: 'replace' | 'adjust' | 'delete';
  readonly put: readonly { readonly table: string; readonly key: string; readonly row: Row; readonly by: string }[];
  readonly drop: readonly { readonly table: string; readonly key: string }[];
  /** Rows in it afterwards. */
  readonly rows: number;
}

/** A version of the baseline, without its rows. */
export interface BaselineVersion {
  readonly version: number;
  readonly madeMs: number;
  readonly by: string;
  readonly reason: string;
  readonly kind: BaselineMove['kind'];
  readonly rows: number;
}

/** A row that is normal; `by` is why: "learning", "generate", "acceptance …", "package run …". */
export interface BaselineRow {
  readonly table: string;
  readonly key: string;
  readonly row: Row;
  readonly by: string;
}

/** A line to tell, in the order of `seq`; what a channel still has to tell is everything after its cursor. */
export interface OutboxNotice {
  readonly seq: number;
  readonly timeMs: number;
  readonly update: boolean;
  readonly alert: Alert;
  readonly incident: Incident;
}

/** An incident as a channel told it last: up to which notice, when, how often so far, and how grave it was. */
export interface ToldIncident {
  readonly seq: number;
  readonly atMs: number;
  readonly times?: number;
  readonly severity?: Severity;
}

/** How far a channel has come. */
export interface ChannelState {
  readonly name: string;
  readonly cursor: number;
  readonly deliveredMs: number;
  /** Incidents told there (bounded), epoch milliseconds of messages in the last hour, and what was summed up. */
  readonly told: Readonly<Record<string, ToldIncident>>;
  readonly sentMs: readonly number[];
  readonly suppressed: number;
}

/** What can be written. Those marked "chained" enter the hash chain as well. */
export type StoreRecord =
  | { readonly kind: 'seen'; readonly seen: SeenRow }
  | { readonly kind: 'unseen'; readonly table: string; readonly key: string }
  /** Chained. */
  | { readonly kind: 'change'; readonly change: ChangeRecord }
  /** Chained: whole when it opens, else what moves in an alert's life. */
  | { readonly kind: 'alert'; readonly alert: StoredAlert; readonly opening: boolean }
  | { readonly kind: 'incident'; readonly incident: Incident }
  | { readonly kind: 'history'; readonly alert: string; readonly timeMs: number; readonly words: string }
  | { readonly kind: 'notice'; readonly notice: OutboxNotice }
  | { readonly kind: 'channel'; readonly channel: ChannelState }
  /** Chained, by the digest of its rows. */
  | { readonly kind: 'baseline'; readonly move: BaselineMove }
  /** Chained. */
  | { readonly kind: 'quiet'; readonly quiet: StoredQuiet }
  /** Chained: each time that something about a block moves. */
  | { readonly kind: 'block'; readonly block: Block }
  /** Chained: start and stop of the daemon, tables learned, acks and other acts of people. */
  | { readonly kind: 'act'; readonly act: ActRecord }
  /** Small values that are not evidence: hashes for the web login, never secrets themselves. "" removes it. */
  | { readonly kind: 'value'; readonly name: string; readonly value: string };

/** Something that the daemon or a person did. */
export interface ActRecord {
  readonly timeMs: number;
  readonly what: 'start' | 'stop' | 'learned' | 'ack' | 'unmute' | 'counted' | 'answer' | 'maintenance';
  readonly by: string;
  readonly words: string;
}

/** Asks for alerts; all conditions hold together. Newest first. */
export interface AlertQuery {
  readonly sinceMs?: number;
  readonly incident?: string;
  readonly fingerprint?: string;
  readonly explained?: boolean;
  readonly limit: number;
}

/** Notices that somebody else wrote to the store. All answers are words; "" for nothing. */
export interface StoreGuard {
  /** What was done to it since this was last asked. */
  meddled(): string;
  /** Whether it is the store that was last known here: to be asked at the start, before `note`. */
  strayed(): string;
  /** Notes the newest record beside the store; why the disk refuses. */
  note(nowMs: number): string;
}

/** The store. Reading is synchronous and sees everything written before. */
export interface Store extends AsyncDisposable {
  readonly mode: 'write' | 'read';
  readonly stateDir: string;
  /**
   * Stores the records as one, in order. "durable" when they are on the disk; "kept" when the disk refuses them for
   * now: they stay in memory (bounded, see `trouble`) and are tried again.
   */
  write(records: readonly StoreRecord[]): Promise<'durable' | 'kept'>;
  /** Watches that nobody else writes; undefined where nothing is kept or only read. */
  readonly guard?: StoreGuard;
  /** What is wrong with the disk now, in words; "" when all is well. */
  trouble(): string;
  seen(): readonly SeenRow[];
  baseline(): { readonly version: BaselineVersion; readonly rows: readonly BaselineRow[] } | undefined;
  /** Rows of an older version; undefined when there is none of that number. */
  baselineAt(version: number): { readonly version: BaselineVersion; readonly rows: readonly BaselineRow[] } | undefined;
  /** Newest first. */
  baselineVersions(limit: number): readonly BaselineVersion[];
  /** Everything that is not closed. */
  openAlerts(): readonly StoredAlert[];
  alert(id: string): StoredAlert | undefined;
  alerts(query: AlertQuery): readonly StoredAlert[];
  countAlerts(query: Omit<AlertQuery, 'limit'>): number;
  /** Ids that a person may mean: the whole id, its beginning, or the beginning of its short form. At most `limit`. */
  findAlertIds(typed: string, limit: number): readonly string[];
  incident(id: string): Incident | undefined;
  /** Open ones, and those that moved since `sinceMs`; newest first. */
  incidents(query: { readonly sinceMs: number; readonly open: boolean; readonly limit: number }): readonly Incident[];
  quiets(ended: boolean): readonly StoredQuiet[];
  /** `standing`: planned, active and failed ones that did not end. Else those that ended since, newest first. */
  blocks(query: 'standing' | { readonly endedSinceMs: number; readonly limit: number }): readonly Block[];
  history(alert: string): readonly { readonly timeMs: number; readonly words: string }[];
  /** Notices after `afterSeq`, in order. */
  outbox(afterSeq: number, limit: number): readonly OutboxNotice[];
  /** Lowest and highest number in the outbox, how many wait; the highest survives the removal of its notice. */
  outboxRange(): { readonly firstSeq: number; readonly lastSeq: number; readonly waiting: number };
  /** Removes notices up to `seq`: every channel has them, or the outbox is over its bound. */
  trimOutbox(seq: number): void;
  channels(): readonly ChannelState[];
  value(name: string): string | undefined;
  /** The last start or stop of a daemon here, and when the newest record of the chain was written. */
  lastLife(): { readonly what: 'start' | 'stop'; readonly timeMs: number; readonly lastRecordMs: number } | undefined;
  /** Starts and stops since then, oldest first; `lastMs` is when the last record before the next of them was written. */
  lives(
    sinceMs: number,
  ): readonly { readonly what: 'start' | 'stop'; readonly timeMs: number; readonly lastMs: number }[];
  /** Changes counted in buckets from `fromMs`. */
  activity(fromMs: number, bucketMs: number, buckets: number): readonly number[];
  chain(): { readonly records: number; readonly sinceMs: number; readonly head: string };
  /** Reads the whole chain again and compares alerts, acceptances and baselines with it. Gives way to others. */
  verify(signal: AbortSignal): Promise<VerifyResult>;
  /** Removes sealed segments, closed alerts and ended acceptances older than that; the heads stay. */
  retain(beforeMs: number): Promise<{ readonly records: number; readonly alerts: number }>;
}
