/** The verbs that silence: ack, accept, mute, and their end. Each is data with author, reason and end, in the chain. */

import { canonicalJson } from '#lib/canonical-json.ts';
import { shortId } from '#lib/short-id.ts';
import { type Quieting, whyAlone } from '#model/finding.ts';
import type { BaselineRow, StoredAlert, StoredQuiet } from '#model/store.ts';
import type { Row } from '#model/table.ts';
import { type AcceptScope, type Asker, type Quiet, type QuietResult, VerbError, type Verbs } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import { keysOf } from './deed-rows.ts';
import { findAlerts } from './desk-find.ts';
import { identityOf } from './file-identity.ts';
import type { Ledger } from './ledger.ts';
import { covers, quietingOf, whoMatch } from './quiet-book.ts';
import type { Turn } from './turn.ts';

const monthMs = 30 * 86_400_000;
/** Alerts of the last 30 days that a dry run looks through, newest first, and titles it lists. */
const lookedThrough = 50_000;
const listedTitles = 20;
/** No mute is for ever. */
const longestMuteMs = 366 * 86_400_000;

export class QuietDesk {
  readonly #ledger: Ledger;
  readonly #asker: Asker;
  readonly #rowOf: (table: string, key: string) => Row | undefined;

  /** `rowOf` gives the row that stands under a key now. */
  constructor(ledger: Ledger, asker: Asker, rowOf: (table: string, key: string) => Row | undefined) {
    this.#ledger = ledger;
    this.#asker = asker;
    this.#rowOf = rowOf;
  }

  async ack({ ids, reason }: Verbs['ack']['args']): Promise<QuietResult> {
    const turn = this.#ledger.turn();
    const quieted: Quieting = { verb: 'ack', by: this.#asker.name, atMs: turn.nowMs, reason, untilMs: 0 };
    const alerts = findAlerts(this.#ledger, ids).map((alert) => {
      if (alert.state === 'closed') throw over(alert);
      turn.history(alert.id, `acknowledged by ${this.#asker.name}: ${reason}`);
      this.#act(turn, 'ack', `alert ${alert.id}: ${reason}`);
      return this.#ledger.alerts.decide(alert, { state: 'acknowledged', quieted }, turn);
    });
    await this.#ledger.commit(turn);
    return { alerts: alerts.map(plainAlert), alsoQuiets: { count: 0, titles: [] }, dryRun: false };
  }

  async accept(args: Verbs['accept']['args']): Promise<QuietResult> {
    if (args.untilMs !== 0 && args.untilMs <= this.#ledger.parts.host.clock.nowMs()) throw past(args.untilMs);
    return await this.#quiet('accept', args);
  }

  async mute(args: Verbs['mute']['args']): Promise<QuietResult> {
    const nowMs = this.#ledger.parts.host.clock.nowMs();
    if (args.untilMs <= nowMs) throw past(args.untilMs);
    if (args.untilMs > nowMs + longestMuteMs)
      throw new VerbError(
        'BAD_TIME',
        'Cannot mute for more than a year. Say that it is normal instead: telltale accept ID',
      );
    return await this.#quiet('mute', { ...args, scope: 'exact' });
  }

  /** Ends what is meant by alert ids or ids of acceptances and mutes. */
  async unmute({ ids, reason }: Verbs['unmute']['args']): Promise<QuietResult> {
    const turn = this.#ledger.turn();
    const touched = new Map<string, StoredAlert>();
    for (const id of ids) {
      const quiet = this.#ledger.quiets.get(id);
      if (quiet !== undefined) this.#end(quiet, reason, turn);
      else for (const alert of this.#unquiet(id, reason, turn)) touched.set(alert.id, alert);
    }
    for (const alert of this.#ledger.alerts.open())
      if (alert.quiet !== undefined && this.#ledger.quiets.get(alert.quiet) === undefined) touched.set(alert.id, alert);
    const reopened = [...touched.values()].map((alert) => {
      this.#act(turn, 'unmute', `alert ${alert.id}: ${reason}`);
      turn.history(alert.id, `no longer silenced, by ${this.#asker.name}: ${reason}`);
      return alert.state === 'closed' ? alert : this.#ledger.alerts.decide(alert, { state: 'open' }, turn);
    });
    await this.#ledger.commit(turn);
    return { alerts: reopened.map(plainAlert), alsoQuiets: { count: 0, titles: [] }, dryRun: false };
  }

  /** Ends what silences the alerts that are meant; returns them. Throws where nothing does. */
  #unquiet(id: string, reason: string, turn: Turn): readonly StoredAlert[] {
    const alerts = findAlerts(this.#ledger, [id]);
    // Of an incident some may have come since, and were never silenced.
    const silenced = alerts.filter((alert) => alert.quieted !== undefined || this.#quietsOf(alert).length > 0);
    if (silenced.length === 0)
      throw new VerbError(
        'NOT_QUIET',
        `Cannot end what silences alert "${id}": nothing does. See: telltale show ${id}`,
      );
    for (const alert of silenced) for (const quiet of this.#quietsOf(alert)) this.#end(quiet, reason, turn);
    return silenced;
  }

  quiets({ all }: Verbs['quiets']['args']): { quiets: readonly Quiet[] } {
    const ended = all === true ? this.#ledger.store.quiets(true).filter((quiet) => quiet.endedMs !== 0) : [];
    return { quiets: [...this.#ledger.quiets.all(), ...ended].map(plainQuiet) };
  }

  async #quiet(
    verb: 'accept' | 'mute',
    args: { ids: readonly string[]; reason: string; scope: AcceptScope; untilMs: number; dryRun: boolean },
  ): Promise<QuietResult> {
    const meant = findAlerts(this.#ledger, args.ids);
    const made = meant.map((alert) => this.#make(verb, alert, args));
    const alsoQuiets = this.#wouldQuiet(made, meant);
    if (args.dryRun) return { alerts: meant.map(plainAlert), alsoQuiets, dryRun: true };
    const turn = this.#ledger.turn();
    const quieted = this.#covered(made, meant);
    if (verb === 'mute') this.#endMutes(meant, turn);
    else this.#endSame(made, turn);
    for (const quiet of made) {
      const hits = quieted.filter(({ by }) => by === quiet).length;
      this.#ledger.quiets.add({ ...quiet, hits }, turn);
    }
    const alerts = quieted.map(({ alert, by }) => this.#apply(alert, by, turn));
    if (verb === 'accept' && args.scope === 'exact') this.#moveBaseline(meant, args.reason, turn);
    await this.#ledger.commit(turn);
    return { alerts: alerts.map(plainAlert), alsoQuiets, dryRun: false };
  }

  /** The alerts that were meant, in order, and what else is open and covered. */
  #covered(
    made: readonly StoredQuiet[],
    meant: readonly StoredAlert[],
  ): { readonly alert: StoredAlert; readonly by: StoredQuiet | undefined }[] {
    const covered = meant.map((alert, index) => ({ alert, by: made[index] }));
    const chosen = new Set(meant.map(({ id }) => id));
    for (const alert of this.#ledger.alerts.open()) {
      const by = made.find((it) => alert.state === 'open' && covers(it, alert.finding));
      if (by !== undefined && !chosen.has(alert.id)) covered.push({ alert, by });
    }
    return covered;
  }

  #make(
    verb: 'accept' | 'mute',
    alert: StoredAlert,
    args: { reason: string; scope: AcceptScope; untilMs: number },
  ): StoredQuiet {
    const { finding } = alert;
    const { host } = this.#ledger.parts;
    const match = whoMatch(finding);
    const exact = args.scope === 'exact';
    if (!exact) refuseWide(alert, args.scope);
    const accepts = verb === 'accept';
    const file = accepts && args.scope !== 'package' ? identityOf(match.exe, host) : undefined;
    const moved = accepts && exact ? movedBy(alert) : undefined;
    return {
      id: host.clock.id(),
      verb,
      scope: args.scope,
      rule: args.scope === 'package' ? '' : finding.rule,
      subject: exact ? finding.subject : '',
      words: wordsOf(args.scope, alert),
      by: this.#asker.name,
      reason: args.reason,
      madeMs: host.clock.nowMs(),
      untilMs: args.untilMs,
      endedMs: 0,
      hits: 0,
      match,
      ...(file && { file }),
      ...(moved && { moved }),
    };
  }

  #apply(alert: StoredAlert, quiet: StoredQuiet | undefined, turn: Turn): StoredAlert {
    if (quiet === undefined) return alert;
    const words = quiet.verb === 'accept' ? 'accepted as normal' : 'muted';
    turn.history(alert.id, `${words} by ${quiet.by}: ${quiet.reason}`);
    const decision = quietingOf(quiet);
    return this.#ledger.alerts.decide(
      alert,
      alert.state === 'closed' ? { ...decision, state: 'closed' } : decision,
      turn,
    );
  }

  /** What stands now becomes normal; what is gone is no longer missed. */
  #moveBaseline(alerts: readonly StoredAlert[], reason: string, turn: Turn): void {
    const { baseline, parts } = this.#ledger;
    const mover = { by: this.#asker.name, reason };
    const put: BaselineRow[] = [];
    const drop: { table: string; key: string }[] = [];
    const places = alerts.flatMap((alert) => keysOf(alert).map((key) => ({ key, alert })));
    for (const { key, alert } of places) {
      const { table, about } = alert;
      if (table === '' || parts.sensors.every((sensor) => sensor.table.name !== table)) continue;
      const seen = about === 'presence' ? this.#rowOf(table, key) : undefined;
      if (seen !== undefined) put.push({ table, key, row: seen, by: `acceptance by ${mover.by}` });
      else if (about === 'absence' && baseline.rowsOf(table).has(key)) drop.push({ table, key });
    }
    baseline.adjust(put, drop, mover, turn);
  }

  #end(quiet: StoredQuiet, reason: string, turn: Turn): void {
    this.#ledger.quiets.end(quiet.id, turn);
    this.#act(turn, 'unmute', `${quiet.verb} ${quiet.id} (${quiet.words}): ${reason}`);
    if (quiet.moved === undefined) return;
    const { table, key, more = [] } = quiet.moved;
    const rows = this.#ledger.baseline.rowsOf(table);
    const accepted = [key, ...more].filter((one) => rows.get(one)?.by.startsWith('acceptance') === true);
    if (accepted.length === 0) return;
    const drop = accepted.map((one) => ({ table, key: one }));
    this.#ledger.baseline.adjust([], drop, { by: this.#asker.name, reason }, turn);
  }

  /** What silences an alert: by its word, and whatever was said of exactly this; else the first that covers it. */
  #quietsOf(alert: StoredAlert): readonly StoredQuiet[] {
    const covering = this.#ledger.quiets.all().filter((quiet) => covers(quiet, alert.finding));
    const meant = covering.filter(({ id, scope }) => id === alert.quiet || scope === 'exact');
    return meant.length > 0 || alert.quiet !== undefined ? meant : covering.slice(0, 1);
  }

  /** Who accepts the same once more gives another reason or end: one acceptance stands, not two. */
  #endSame(made: readonly StoredQuiet[], turn: Turn): void {
    const meaning = ({ verb, scope, rule, subject, match }: StoredQuiet): string =>
      canonicalJson({ verb, scope, rule, subject, match });
    const meanings = new Set(made.map(meaning));
    for (const quiet of this.#ledger.quiets.all())
      if (meanings.has(meaning(quiet))) this.#end(quiet, 'accepted anew', turn);
  }

  /** The last word counts: who mutes again means this time, not the longer of two. */
  #endMutes(alerts: readonly StoredAlert[], turn: Turn): void {
    for (const quiet of this.#ledger.quiets.all()) {
      const isOld = quiet.verb === 'mute' && alerts.some(({ finding }) => covers(quiet, finding));
      if (isOld) this.#end(quiet, 'muted anew', turn);
    }
  }

  #wouldQuiet(made: readonly StoredQuiet[], meant: readonly StoredAlert[]): QuietResult['alsoQuiets'] {
    const sinceMs = this.#ledger.parts.host.clock.nowMs() - monthMs;
    const chosen = new Set(meant.map((alert) => alert.id));
    const titles = new Set<string>();
    let count = 0;
    for (const alert of this.#ledger.store.alerts({ sinceMs, limit: lookedThrough })) {
      if (chosen.has(alert.id) || !made.some((quiet) => covers(quiet, alert.finding))) continue;
      count += 1;
      if (titles.size < listedTitles) titles.add(alert.finding.title);
    }
    return { count, titles: [...titles] };
  }

  #act(turn: Turn, what: 'ack' | 'unmute', words: string): void {
    turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what, by: this.#asker.name, words } });
  }
}

function plainQuiet(stored: StoredQuiet): Quiet {
  const { match: _match, file: _file, moved: _moved, ...quiet } = stored;
  return quiet;
}

/** The rows that go into the baseline with it. */
function movedBy(alert: StoredAlert): StoredQuiet['moved'] {
  if (alert.table === '') return undefined;
  const [key = '', ...more] = keysOf(alert);
  return { table: alert.table, key, ...(more.length > 0 && { more }) };
}

function wordsOf(scope: AcceptScope, { finding, table }: StoredAlert): string {
  if (scope === 'program')
    return `${finding.rule}: ${table === 'sockets' ? 'any port' : 'anything'} of ${finding.who?.exe ?? ''}`;
  if (scope === 'package') return `anything of package ${finding.who?.package ?? ''}`;
  return finding.title;
}

function over(alert: StoredAlert): VerbError {
  return new VerbError(
    'CLOSED_ALERT',
    `Cannot acknowledge alert "${shortId(alert.id)}": it is closed already. Read it: telltale show ${shortId(alert.id)}`,
  );
}

function past(untilMs: number): VerbError {
  return new VerbError(
    'BAD_TIME',
    `Cannot silence until ${new Date(untilMs).toISOString()}: that is over. Give a time to come, e.g. --for 8h`,
  );
}

/** Wide acceptances need to know whose they are, and are never given for what is grave in itself. */
function refuseWide(alert: StoredAlert, scope: AcceptScope): void {
  const { finding } = alert;
  const match = whoMatch(finding);
  if (scope === 'program' && match.exe === '') throw cannotWiden(alert, 'its program could not be told');
  if (scope === 'package' && match.package === '') throw cannotWiden(alert, 'no package owns its program');
  const alone = whyAlone(finding);
  if (alone !== undefined) throw cannotWiden(alert, alone);
}

function cannotWiden(alert: StoredAlert, why: string): VerbError {
  return new VerbError(
    'BAD_SCOPE',
    `Cannot accept more than exactly alert "${shortId(alert.id)}": ${why}. Use: telltale accept ${shortId(alert.id)} --scope exact`,
  );
}
