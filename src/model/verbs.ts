/**
 * What can be asked of the watch. The terminal asks over the control socket (or in its own process when no daemon
 * runs), the web process over its inherited pipe. One JSON object a line each way: docs/formats/control-socket.md.
 */

import type { Alert, Incident, Severity } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Sense } from './host.ts';
import type { Allowed, AnswerSettings, Block, BlockKind, NeverBlock } from './responder.ts';
import type { Change, Columns, Row } from './table.ts';

/** A row with what we know of it; `since` is when it was first seen, epoch milliseconds. */
export interface MarkedRow {
  readonly row: Row;
  /** known: in the baseline. new: not in it. ours: opened by Telltale itself. "-": its table is not learned yet. */
  readonly mark: 'known' | 'new' | 'ours' | '-';
  readonly sinceMs: number;
}

export interface SensorStatus {
  readonly name: string;
  readonly table: string;
  readonly lastLookMs: number;
  /** The last look failed or was given up. */
  readonly failed: boolean;
  readonly rows: number;
  readonly by: string;
  /** By what it hears of changes at once; "" when it only looks. */
  readonly hears: string;
  readonly lost: number;
  readonly gaps: readonly Gap[];
}

/** Said beforehand: changes between these times are maintenance. */
export interface MaintenanceWindow {
  readonly by: string;
  readonly reason: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A time during which something was not seen; `untilMs` 0 while it lasts. */
export interface BlindSpan {
  /** Sensor, sense or "everything". */
  readonly what: string;
  readonly why: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A table as those who show it need it. */
export interface TableInfo {
  readonly name: string;
  readonly doc: string;
  readonly key: readonly string[];
  readonly compared: readonly string[];
  readonly columns: Columns;
  /** Name of the sensor that fills it; "" for tables that are only looked up when asked for. */
  readonly sensor: string;
  /** How often it looks; 0 when only asked. */
  readonly everyMs: number;
}

/** What the status sentence is made of. */
export interface Status {
  readonly host: string;
  readonly version: string;
  readonly nowMs: number;
  readonly startedMs: number;
  /** True when a daemon answers; false when the store is read without one. */
  readonly watching: boolean;
  readonly baseline: { readonly version: number; readonly madeMs: number; readonly rows: number } | undefined;
  readonly facts: number;
  readonly checkedMs: number;
  readonly open: Readonly<Record<'act' | 'watch' | 'note', number>>;
  /** Alerts silenced by ack, mute or acceptance that would be open otherwise. */
  readonly quieted: number;
  readonly explained24h: number;
  readonly sensors: readonly SensorStatus[];
  readonly blind: readonly Gap[];
  readonly channels: readonly ChannelStatus[];
  readonly chain: { readonly records: number; readonly sinceMs: number; readonly head: string };
  readonly web: string;
}

export interface ChannelStatus {
  readonly name: string;
  readonly waiting: number;
  readonly deliveredMs: number;
  readonly failing: string;
}

/** An incident with its alerts, gravest first; `alerts` holds at most 50, `incident.count` the exact number. */
export interface OpenChange {
  readonly incident: Incident;
  readonly alerts: readonly Alert[];
}

/** Scope of an acceptance: exactly this; any port of this program; anything of this package. */
export type AcceptScope = 'exact' | 'program' | 'package';

/** An acceptance or mute in force (or ended, with `endedMs`). */
export interface Quiet {
  readonly id: string;
  readonly verb: 'accept' | 'mute';
  readonly scope: AcceptScope;
  readonly rule: string;
  readonly subject: string;
  readonly words: string;
  readonly by: string;
  readonly reason: string;
  readonly madeMs: number;
  /** 0: until the program's file, unit or owner changes. */
  readonly untilMs: number;
  readonly endedMs: number;
  /** Alerts that it quieted, with those that it was made for. */
  readonly hits: number;
}

export interface QuietResult {
  readonly alerts: readonly Alert[];
  /** Titles of alerts of the last 30 days that it would also have quieted. */
  readonly alsoQuiets: { readonly count: number; readonly titles: readonly string[] };
  readonly dryRun: boolean;
}

export interface CompareResult {
  readonly baseline: { readonly version: number; readonly madeMs: number; readonly rows: number };
  readonly differences: readonly {
    readonly table: string;
    readonly change: Change;
    readonly severity: Severity;
    readonly title: string;
  }[];
  readonly gaps: readonly Gap[];
  readonly looked: number;
}

export interface VerifyResult {
  readonly whole: boolean;
  readonly records: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly head: string;
  /** First bad record and what is wrong with it; undefined when whole. */
  readonly broken?: { readonly seq: number; readonly why: string };
}

/** A scan: its alert, and while it goes on its row as it stands now. */
export interface ShownScan {
  readonly alert: Alert;
  /** Of table `scans`; undefined when it is over: then the facts of the alert hold the totals. */
  readonly row?: Row;
  /**
   * Its probes, thinned evenly to at most 400 a sender, as [ms after the first of them, lane, port]; lane 0 TCP, 1 UDP,
   * 2 others (the "port" is the protocol or ICMP type there). Empty where none is kept.
   */
  readonly dots: readonly (readonly [afterMs: number, lane: number, port: number])[];
  /** The block that stands against its source. */
  readonly block?: Block;
  /** What the same sender (IPv6: /64) did after it, oldest first, at most eight; of a scan that is over. */
  readonly later?: readonly LaterDeed[];
}

/** `again`: scanned again. `back`: came back for what it had found. `inside`: logged in. */
export interface LaterDeed {
  readonly what: 'again' | 'back' | 'inside';
  readonly alert: string;
  readonly timeMs: number;
}

/** For verbs that take nothing. */
export type NoArgs = Readonly<Record<string, never>>;

/** Arguments and result of each verb. */
export interface Verbs {
  status: { args: NoArgs; result: Status };
  changes: {
    /** `each`: at most so many alerts of an incident (50 when not given); `incident.count` is how many there are. */
    args: { readonly all?: boolean; readonly sinceMs?: number; readonly limit?: number; readonly each?: number };
    result: { readonly changes: readonly OpenChange[] };
  };
  show: {
    args: { readonly id: string };
    result: {
      readonly alert: Alert;
      readonly incident: Incident;
      readonly others: readonly Alert[];
      readonly history: readonly { timeMs: number; words: string }[];
    };
  };
  ack: { args: { readonly ids: readonly string[]; readonly reason: string }; result: QuietResult };
  accept: {
    args: {
      readonly ids: readonly string[];
      readonly reason: string;
      readonly scope: AcceptScope;
      readonly untilMs: number;
      readonly dryRun: boolean;
    };
    result: QuietResult;
  };
  mute: {
    args: {
      readonly ids: readonly string[];
      readonly reason: string;
      readonly untilMs: number;
      readonly dryRun: boolean;
    };
    result: QuietResult;
  };
  /** Ends mutes, acks and acceptances by alert id or quiet id. */
  unmute: { args: { readonly ids: readonly string[]; readonly reason: string }; result: QuietResult };
  quiets: { args: { readonly all?: boolean }; result: { readonly quiets: readonly Quiet[] } };
  rows: {
    args: { readonly table: string; readonly connections?: boolean };
    result: {
      readonly rows: readonly MarkedRow[];
      readonly gaps: readonly Gap[];
      readonly by: string;
      readonly takenMs: number;
    };
  };
  /** Every table that can be shown, watched ones first. */
  tables: { args: NoArgs; result: { readonly tables: readonly TableInfo[] } };
  /**
   * Looks now and answers with what is open afterwards; with names (of sensors or tables) only these look and only
   * what is about their tables is told. A look that takes longer than `limitMs` is given up.
   */
  check: {
    args: { readonly names?: readonly string[]; readonly limitMs?: number };
    result: { readonly status: Status; readonly changes: readonly OpenChange[] };
  };
  'baseline.generate': {
    args: { readonly reason: string };
    result: { readonly version: number; readonly rows: number; readonly refused: readonly string[] };
  };
  'baseline.compare': { args: NoArgs; result: CompareResult };
  'baseline.delete': { args: { readonly reason: string }; result: { readonly deleted: number } };
  'baseline.show': {
    args: { readonly version?: number };
    result: {
      readonly version: number;
      readonly madeMs: number;
      readonly by: string;
      readonly reason: string;
      readonly rows: readonly { readonly table: string; readonly row: Row; readonly by: string }[];
    };
  };
  'baseline.diff': {
    args: { readonly from: number; readonly to: number };
    result: {
      readonly differences: readonly { readonly table: string; readonly change: Change }[];
      readonly versions: readonly {
        readonly version: number;
        readonly madeMs: number;
        readonly by: string;
        readonly reason: string;
        readonly rows: number;
      }[];
    };
  };
  /** Opens a window (at most 24 h), ends it, or shows the one that is open. `untilMs` and `reason` count for "start". */
  maintenance: {
    args: { readonly act: 'show' | 'start' | 'end'; readonly untilMs: number; readonly reason: string };
    result: { readonly window?: MaintenanceWindow };
  };
  /** When something could not be seen, since then (default: seven days), newest first. */
  coverage: {
    args: { readonly sinceMs?: number };
    result: { readonly fromMs: number; readonly spans: readonly BlindSpan[] };
  };
  doctor: {
    args: NoArgs;
    result: { readonly senses: readonly Sense[]; readonly sensors: readonly SensorStatus[] };
  };
  verify: { args: NoArgs; result: VerifyResult };
  /** Counts of changes seen and alerts opened, in 5 min buckets of the last 24 h. */
  activity: {
    args: NoArgs;
    result: {
      readonly bucketMs: number;
      readonly fromMs: number;
      readonly events: readonly number[];
      readonly alerts: readonly {
        readonly timeMs: number;
        readonly id: string;
        readonly severity: Severity;
        readonly title: string;
        /** A package run explained it, or somebody accepted it: no news any longer. */
        readonly settled: boolean;
      }[];
    };
  };
  /** Scans that go on; `all`: also those of the last 30 days (or told since then), newest first. */
  scans: {
    args: { readonly all?: boolean; readonly sinceMs?: number };
    result: { readonly watching: boolean; readonly gaps: readonly Gap[]; readonly scans: readonly ShownScan[] };
  };
  /** Who is blocked; `all`: also what ended. `watching` false: no daemon ends what the kernel does not end itself. */
  blocks: {
    args: { readonly all?: boolean };
    result: {
      readonly mode: AnswerSettings['mode'];
      readonly watching: boolean;
      readonly cap: number;
      readonly blocks: readonly Block[];
      readonly allowed: readonly Allowed[];
    };
  };
  'blocks.never': {
    args: NoArgs;
    result: { readonly never: readonly NeverBlock[]; readonly allowed: readonly Allowed[] };
  };
  /** `untilMs` 0: as the settings say. `from`: where the asker is logged in from. `insist`: also what is on the list. */
  block: {
    args: {
      readonly target: string;
      readonly untilMs: number;
      readonly reason: string;
      readonly insist: boolean;
      readonly from?: string;
    };
    result: { readonly block: Block; readonly ended: readonly Block[]; readonly watching: boolean };
  };
  unblock: {
    args: { readonly target: string; readonly reason: string };
    result: { readonly ended: readonly Block[]; readonly graceUntilMs: number };
  };
  /** `untilMs` 0: for good. `end`: it is no longer allowed. `stillIn`: wider blocks that it lies in. */
  allow: {
    args: { readonly target: string; readonly untilMs: number; readonly reason: string; readonly end: boolean };
    result: {
      readonly allowed: readonly Allowed[];
      readonly ended: readonly Block[];
      readonly stillIn: readonly string[];
    };
  };
  /** Whom answers would have hit, from the stored alerts since then. */
  'block.try': {
    args: { readonly sinceMs: number };
    result: {
      readonly mode: AnswerSettings['mode'];
      readonly alerts: number;
      readonly would: readonly {
        readonly target: string;
        readonly kind: BlockKind;
        readonly alert: string;
        readonly title: string;
        readonly timeMs: number;
        readonly untilMs: number;
      }[];
      readonly spared: readonly {
        readonly target: string;
        readonly why: string;
        readonly alert: string;
        readonly title: string;
        readonly timeMs: number;
      }[];
    };
  };
  /** A link that logs in once, within ten minutes. */
  'web.link': { args: NoArgs; result: { readonly url: string; readonly untilMs: number } };
  'web.redeem': { args: { readonly token: string }; result: { readonly ok: boolean; readonly passwordSet: boolean } };
  'web.password.check': {
    args: { readonly password: string };
    result: { readonly ok: boolean; readonly waitMs: number };
  };
  'web.password.set': { args: { readonly password: string }; result: { readonly ok: boolean } };
  /** Streams `Pushed` lines after its result, until the connection closes. */
  follow: { args: NoArgs; result: { readonly following: true } };
}

export type Verb = keyof Verbs;

/** Sent by `follow`: an alert opened or changed, or a look was taken (rows of that table may differ). */
export type Pushed =
  | { readonly type: 'alert'; readonly alert: Alert; readonly update: boolean }
  | { readonly type: 'look'; readonly table: string; readonly nowMs: number };

/** Who asks, for the record: "root", "marta (uid 1000)", "web". */
export interface Asker {
  readonly name: string;
  readonly uid: number;
  readonly via: 'terminal' | 'web' | 'daemon';
}

/** Answers verbs: in the daemon, over its socket, or in the terminal's own process. */
export interface Desk {
  ask<V extends Verb>(verb: V, args: Verbs[V]['args']): Promise<Verbs[V]['result']>;
}

/** Errors people may meet, with stable codes. `message` says the action, quotes the value, and what to do next. */
export class VerbError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
