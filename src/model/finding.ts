/** What a rule says, and what becomes of it. Field names are a contract: docs/formats/alert-file.md. */

import type { Cell } from './table.ts';

/** How grave, in the order of gravity. People see four signs instead: see `signOf`. */
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** The four signs that people see: act (critical, high), watch (medium), note (low, info), settled (over or accepted). */
export type Sign = 'act' | 'watch' | 'note' | 'settled';

/** A process as far as it could be told when the thing happened. Empty text means "could not be told". */
export interface Who {
  readonly pid: number;
  readonly exe: string;
  readonly comm: string;
  readonly cmdline: string;
  readonly user: string;
  readonly uid: number;
  /** Nearest parent first, as "name (pid)"; at most eight. */
  readonly parents: readonly string[];
  readonly unit: string;
  readonly package: string;
  /** Login session, e.g. "12" of session-12.scope, or "". */
  readonly session: string;
  readonly startedMs: number;
  /** True where the executable is only what was passed to exec, not confirmed by /proc/PID/exe. */
  readonly asStarted?: boolean;
}

/** A remote address that a finding is about. */
export interface Source {
  readonly ip: string;
  readonly port?: number;
}

/** What a rule says. Without "why it matters" and "what to look at next" it does not compile. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** The stable identity of what it is about, as text; never a pid. With the rule and host it makes the fingerprint. */
  readonly subject: string;
  readonly title: string;
  readonly why: string;
  readonly next: string;
  readonly facts: Readonly<Record<string, Cell>>;
  readonly who?: Who;
  readonly source?: Source;
  readonly attack?: readonly string[];
  /** Dangerous in itself: told even in the first look, and never taken as normal by learning. */
  readonly dangerous?: boolean;
  /**
   * A way in or up (a key, a setuid program, a line of cron, an account for a person): a package run explains it only where its file is as packaged,
   * not because a script of a package wrote it.
   */
  readonly onlyAsPackaged?: boolean;
  /**
   * Continues the alert that one of these rules opened about the same subject, the first that did: it is updated, no
   * second one is opened. Where none did, the new one counts as the first rule's.
   */
  readonly continues?: string | readonly string[];
  /**
   * Path of a file: told as part of an alert of the last minute whose facts say `file: <path>`, when there is one; an
   * alert about the file that comes within five seconds takes it over. The difference of a file is part of "bob may
   * become root", not a second alert. A path that ends with "/" stands for anything in that folder. Of several the first
   * that was told; told as part of another file's than the first it leaves its path only, among the facts `alsoChanged`.
   * Among rows of one table the parts of a file are one alert, and the titles of the later ones stand among its facts
   * `also`. Not in the first look: a row without an alert is learned.
   */
  readonly folds?: string | readonly string[];
  /**
   * Names of deeds that have no file ("run 4711", a process that began), of which this says what they mean: what `folds`
   * such a name is told as part of it, as with a file. Names never begin with "/".
   */
  readonly whole?: readonly string[];
  /**
   * Stays an alert of its own beside what else is told of the same file at once, where otherwise the gravest leads and
   * the titles of the rest stand among its facts `also`.
   */
  readonly apart?: boolean;
  /**
   * Names what was done to several files at once (a folder: the hooks of one repository), where without it each file is a
   * deed of its own. What a table finds in one turn under one such name is one alert.
   */
  readonly deed?: string;
  /** What is no longer true: this finding is told and closed in one (a short-lived listener). */
  readonly over?: boolean;
}

/** open → acknowledged | accepted | muted | closed. Quieted alerts are still recorded and shown. */
export type AlertState = 'open' | 'acknowledged' | 'accepted' | 'muted' | 'closed';

/** A finding with its life: one a fingerprint while it is not closed; a repeated trouble raises the count. */
export interface Alert {
  readonly id: string;
  readonly fingerprint: string;
  readonly incident: string;
  readonly host: string;
  readonly state: AlertState;
  readonly finding: Finding;
  /** Table and key of the row it is about, so that it closes when the row goes; "" for alerts about ourselves. */
  readonly table: string;
  readonly key: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly closedMs?: number;
  /** Why it is no trouble: package run, unit restart, our own hand. */
  readonly explainedBy?: string;
  /** Set by ack, accept and mute: who, when, why, until. */
  readonly quieted?: Quieting;
}

/** Who silenced an alert, when, why and until when (`untilMs` 0: until the thing is gone or changes). */
export interface Quieting {
  readonly verb: 'ack' | 'accept' | 'mute';
  readonly by: string;
  readonly atMs: number;
  readonly reason: string;
  readonly untilMs: number;
}

/** One notice a cause: the alerts of one parent process, login session or package run within a window. */
export interface Incident {
  readonly id: string;
  /** What groups it, e.g. "parent:1234:8812", "session:12", "package-run:1732156320000", or "alert:<fingerprint>". */
  readonly cause: string;
  readonly title: string;
  readonly state: 'open' | 'closed';
  /** Alerts in it, counted also beyond those listed. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The sign people see for a severity and a state. */
export function signOf(severity: Severity, state: AlertState = 'open', explained = false): Sign {
  if (explained || state === 'closed' || state === 'accepted') return 'settled';
  if (severity === 'critical' || severity === 'high') return 'act';
  return severity === 'medium' ? 'watch' : 'note';
}

/** Position in the order of gravity, 0 for info. */
export function gravity(severity: Severity): number {
  return severities.indexOf(severity);
}

/**
 * Why a finding is accepted or muted for itself alone and never for all that its program or package does, for the middle
 * of a sentence; undefined where a wide acceptance may cover it.
 */
export function whyAlone({ dangerous, severity, facts, who }: Finding): string | undefined {
  if (dangerous === true || gravity(severity) >= gravity('critical')) return 'it is dangerous in itself';
  // Who is then who wrote the file: "anything of vim" would be anything that anybody ever edits.
  const file = facts['file'];
  return file === undefined || file === who?.exe
    ? undefined
    : 'its program only wrote the file, and anything may be written with it';
}
