/** Asks the rules of one table about a change and hands what they say to the alert book. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { harmless } from '#lib/escape.ts';
import type { Finding } from '#model/finding.ts';
import { gravity } from '#model/finding.ts';
import type { PackageRun } from '#model/host.ts';
import type { Judgement, Memory, Rule, Sensor } from '#model/sensor.ts';
import type { Change, Row, Table } from '#model/table.ts';
import { explanationOf, ownHand, startedByDpkg } from './explain.ts';
import { explainedTouch, touch, withWriter } from './file-touch.ts';
import type { Ledger } from './ledger.ts';
import { explainedByWindow, windowAt } from './maintenance.ts';
import type { Turn } from './turn.ts';

/** What a rule may remember; the oldest entry goes when it is full. */
const memoryEntries = 10_000;

/** A change with what stands around it. */
export interface Case {
  readonly key: string;
  readonly change: Change;
  readonly replaced: Row | undefined;
  readonly peers: readonly Row[];
  readonly learning: boolean;
  /** Learned rows speak only of danger; one that an event told of meanwhile speaks of all that is odd about it. */
  readonly touched?: boolean;
  /** By what it is known, e.g. "kernel event" or "look": told among the facts. */
  readonly toldBy: string;
}

/** What came of a change. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly told: 'alert' | 'counted' | 'nothing';
  readonly explained: string | undefined;
}

interface Found {
  readonly finding: Finding;
  readonly explained: string | undefined;
  readonly at: Case;
  readonly run: PackageRun | undefined;
}

export class Judge {
  readonly #ledger: Ledger;
  readonly #table: Table;
  readonly #rules: readonly Rule[];
  /** Rules to which a program that dpkg started is no news. */
  readonly #ofScripts: ReadonlySet<string>;
  readonly #memories = new Map<string, Memory>();
  readonly #doer: Sensor['doer'];

  constructor(ledger: Ledger, { table, doer }: Pick<Sensor, 'table' | 'doer'>) {
    this.#ledger = ledger;
    this.#table = table;
    this.#doer = doer;
    this.#rules = ledger.parts.rules.filter((rule) => rule.on === table.name);
    const ofScripts = this.#rules.filter((rule) => rule.packageScripts === 'explained');
    this.#ofScripts = new Set(ofScripts.map((rule) => rule.id));
  }

  /** Longest hold that a rule wants for the removal of this row. */
  holdMs(row: Row): number {
    let longestMs = 0;
    for (const rule of this.#rules) longestMs = Math.max(longestMs, rule.holdMs?.(row) ?? 0);
    return longestMs;
  }

  /** What the rules find, gravest first, and parts of something after what they may be part of; nothing is told. */
  findings(at: Case, nowMs: number): readonly Finding[] {
    const findings: Finding[] = [];
    const row = at.change.type === 'removed' ? at.change.before : at.change.after;
    const known = this.#ledger.baseline.knows(this.#table, at.key, row);
    for (const rule of this.#rules) {
      if (!rule.types.includes(at.change.type)) continue;
      const judgement: Judgement = { ...pick(at), known, memory: this.#memoryOf(rule.id), nowMs };
      const found = rule.judge(judgement);
      if (found === undefined || (at.learning && found.dangerous !== true && at.touched !== true)) continue;
      findings.push({
        ...found,
        ...harmlessWords(found),
        rule: rule.id,
        attack: rule.attack,
        facts: { ...found.facts, toldBy: at.toldBy },
      });
    }
    return findings.sort((a, b) => partLast(a) - partLast(b) || gravity(b.severity) - gravity(a.severity));
  }

  /** Judges and tells. A proven explanation moves the baseline. */
  judge(at: Case, turn: Turn, run: PackageRun | undefined): Verdict {
    const { parts } = this.#ledger;
    const gone = at.change.type === 'removed';
    const touched = touch(this.#table, at.change, parts.host);
    const findings = this.findings(at, turn.nowMs).map((finding) => this.#withDoer(withWriter(finding, touched), at));
    const window = findings.length === 0 ? undefined : windowAt(this.#ledger.store, turn.nowMs);
    const explanations = findings.map(
      (finding) =>
        explanationOf(finding.who, parts.host, { run, gone }) ??
        this.#ownEnd(at, gone) ??
        explainedTouch(finding, touched, { host: parts.host, run }) ??
        (this.#ofScripts.has(finding.rule) ? startedByDpkg(finding, parts.host, run) : undefined) ??
        explainedByWindow(finding, window),
    );
    let told: Verdict['told'] = 'nothing';
    for (const [index, finding] of findings.entries()) {
      const as = this.#tell({ finding, explained: explanations[index], at, run }, turn);
      if (as === 'alert' || told === 'nothing') told = as;
    }
    // What is dangerous stays news, also where the rest of the change is explained.
    const explained = explanations.includes(undefined) ? undefined : explanations.at(-1);
    if (explained !== undefined) this.#becomesNormal(at, explained, turn);
    return { findings, told, explained };
  }

  #withDoer(finding: Finding, { change, learning }: Case): Finding {
    if (finding.who !== undefined || learning || this.#doer === undefined) return finding;
    const who = this.#doer(this.#ledger.parts.host, change.type === 'removed' ? change.before : change.after);
    return who === undefined ? finding : { ...finding, who };
  }

  #tell({ finding, explained, at, run }: Found, turn: Turn): Verdict['told'] {
    if (run !== undefined && explained?.startsWith('package run') === true) {
      this.#ledger.packageRuns.note({ table: this.#table.name, finding, run });
      return 'nothing';
    }
    // Our own doors stand before the first look: a program that was unpacked below /tmp need not accuse itself. What we did
    // since, a rehearsal, is told like everything that was heard of.
    if (at.learning && at.touched !== true && explained === ownHand) return 'nothing';
    const about = at.change.type === 'removed' ? 'absence' : 'presence';
    const place = { table: this.#table.name, key: at.key, about } as const;
    const { learning } = at;
    const raised = this.#ledger.alerts.raise({ finding, ...place, explainedBy: explained, run, learning }, turn);
    return raised.as === 'opened' || raised.as === 'updated' ? 'alert' : raised.as;
  }

  /** What our own hand opened is closed by it as well, but its process may be gone by now: the baseline remembers. */
  #ownEnd(at: Case, gone: boolean): string | undefined {
    if (!gone) return undefined;
    const by = this.#ledger.baseline.rowsOf(this.#table.name).get(at.key)?.by;
    return by === ownHand ? ownHand : undefined;
  }

  #becomesNormal(at: Case, explained: string, turn: Turn): void {
    const place = { table: this.#table.name, key: at.key };
    const mover = { by: 'telltale', reason: `explained by ${explained}` };
    const { baseline } = this.#ledger;
    if (at.change.type === 'removed') {
      if (baseline.rowsOf(place.table).has(place.key)) baseline.adjust([], [place], mover, turn);
      return;
    }
    if (!baseline.knows(this.#table, at.key, at.change.after))
      baseline.adjust([{ ...place, row: at.change.after, by: explained }], [], mover, turn);
  }

  #memoryOf(rule: string): Memory {
    const known = this.#memories.get(rule);
    if (known !== undefined) return known;
    const map = new BoundedMap<string, number>(memoryEntries);
    const memory: Memory = { get: (key) => map.get(key), set: (key, value) => void map.set(key, value) };
    this.#memories.set(rule, memory);
    return memory;
  }
}

function partLast({ folds }: Finding): number {
  return folds === undefined ? 0 : 1;
}

/** Rules make names visible; a word that one took for its own and that came from outside does no harm either. */
function harmlessWords({
  title,
  why,
  next,
}: Omit<Finding, 'rule' | 'attack'>): Pick<Finding, 'title' | 'why' | 'next'> {
  return { title: harmless(title), why: harmless(why), next: harmless(next) };
}

function pick(at: Case): Pick<Judgement, 'change' | 'replaced' | 'peers' | 'learning' | 'touched'> {
  const { change, replaced, peers, learning, touched } = at;
  return { change, replaced, peers, learning, ...(touched === true && { touched }) };
}
