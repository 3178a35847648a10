/** The contracts of sensors, listeners and rules. A sensor only looks or listens; comparing happens in the engine. */

import type { Finding, Who } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Host } from './host.ts';
import type { Change, Row, Table } from './table.ts';

export type { Gap } from './gap.ts';

/** The result of one look. */
export interface Look<R extends Row = Row> {
  readonly rows: readonly R[];
  readonly gaps: readonly Gap[];
  /** By what it was seen, e.g. "sock_diag" or "/proc/net". */
  readonly by: string;
  /**
   * A first walk over very much is not finished: rows come as they are found, and learning goes on until a look that is
   * not partial. Say in `gaps` how far it is.
   */
  readonly partial?: true;
  /**
   * While this table is being learned: what an event told of a row since the listener was armed. `new`: it was made then,
   * and is judged like any other new row. `changed`: it stood before; what is odd about it is told and not learned.
   */
  news?(row: R): 'new' | 'changed' | undefined;
}

/** Looks at the whole of a table, again and again. */
export interface Sensor<R extends Row = Row> {
  readonly name: string;
  readonly doc: string;
  readonly everyMs: number;
  /** A look that takes longer is given up; default 30 s. */
  readonly longestLookMs?: number;
  /** A look that an event asks for looks only at what was heard: it is cheap and needs no long pause after a slow one. */
  readonly looksAtHeard?: true;
  readonly table: Table<R>;
  look(host: Host, signal: AbortSignal): Promise<Look<R>>;
  /**
   * Asked of a row that events told of and a look does not show: true where its end would have been told as well, and was
   * not. It is then no proof of its end that the look lacks it; the row is waited for, and is no end of its alert.
   */
  vouches?(host: Host, row: R): boolean;
  /** Who changed this row just now, for tables whose rows come from no file: asked where the rule cannot say. */
  doer?(host: Host, row: R): Who | undefined;
}

/** Something that happened, as a hint for a table: `row` where the event itself carries enough to tell of it. */
export interface SensorEvent<R extends Row = Row> {
  /** When it happened; epoch milliseconds. */
  readonly timeMs: number;
  /** appeared/disappeared carry a row; stale only says "look again soon". */
  readonly kind: 'appeared' | 'disappeared' | 'stale';
  readonly table: string;
  readonly row?: R;
  /** appeared: the same was done once more, by another process: what is open about the row is counted up. */
  readonly again?: boolean;
}

/** An armed listener. */
export interface Listening extends AsyncDisposable {
  /** An empty batch says that `lost` has grown. */
  readonly events: AsyncIterable<readonly SensorEvent[]>;
  /** Events known to be lost since armed; grows. */
  lost(): number;
  /** By what it hears, e.g. "tracefs". */
  readonly by: string;
  readonly gaps: readonly Gap[];
}

/** Hears of changes as they happen. `listen` resolves when armed (or known blind, said in `gaps`). */
export interface Listener {
  readonly name: string;
  readonly doc: string;
  readonly table: string;
  listen(host: Host, signal: AbortSignal): Promise<Listening>;
}

/** Bounded memory of a rule (attackers choose the keys): the oldest entry goes when it is full. */
export interface Memory {
  get(key: string): number | undefined;
  set(key: string, value: number): void;
}

/** What a rule may know beside the change. */
export interface Judgement<R extends Row = Row> {
  readonly change: Change<R>;
  /** A removed row of the same slot in the same look: the thing changed hands. */
  readonly replaced: R | undefined;
  /** Other rows that stand in the same slot now. */
  readonly peers: readonly R[];
  /** Whether the row of the change is in the baseline. */
  readonly known: boolean;
  /** True in the first look: only what is dangerous in itself may speak. */
  readonly learning: boolean;
  /** In the first look: an event told of this row meanwhile, so it is judged and not learned. */
  readonly touched?: boolean;
  readonly memory: Memory;
  readonly nowMs: number;
}

/** Example for the conformance suite: `expect` is the severity, or undefined for "must not match". */
export interface Sample<R extends Row = Row> {
  readonly name: string;
  readonly judgement: Partial<Judgement<R>> & Pick<Judgement<R>, 'change'>;
  readonly expect: Finding['severity'] | undefined;
}

/** Judges changes of one table. `judge` is pure: what it needs to know is in the judgement. */
export interface Rule<R extends Row = Row> {
  readonly id: string;
  readonly doc: string;
  readonly on: string;
  readonly attack: readonly string[];
  /** Which changes it wants to see. */
  readonly types: readonly Change['type'][];
  /**
   * A program that dpkg started is no news: what the scripts of packages do is told with the package run. What is
   * `dangerous` is told all the same.
   */
  readonly packageScripts?: 'explained';
  /** Hold a removal this long before it is judged; the thing may only be restarting. */
  holdMs?(row: R): number;
  judge(judgement: Judgement<R>): Omit<Finding, 'rule' | 'attack'> | undefined;
  readonly samples: readonly Sample<R>[];
}

/** Keeps the row type while erasing it for the index: methods are bivariant, so no cast is needed. */
export function defineRule<R extends Row>(rule: Rule<R> & { readonly table: Table<R> }): Rule<R> {
  return rule;
}

/** Declares a sensor. */
export function defineSensor<R extends Row>(sensor: Sensor<R>): Sensor<R> {
  return sensor;
}
