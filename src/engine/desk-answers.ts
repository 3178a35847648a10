/** The verbs of the answers: who is blocked, block, unblock, allow, and whom it would have hit. */

import { containsPrefix, type IpPrefix, isPrefix, overlaps, parsePrefix } from '#lib/ip-prefix.ts';
import type { Block, NeverBlock } from '#model/responder.ts';
import { type Asker, VerbError, type Verbs } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import { decide, isAnswered, lengthOf } from './answer-decision.ts';
import { standingAround } from './block-book.ts';
import type { Running } from './running.ts';

/** Nobody is blocked for longer by hand. */
const longestMs = 366 * 86_400_000;
/** Ended blocks that are listed. */
const listedEnded = 1_000;
const listedEndedMs = 400 * 86_400_000;
/** Alerts that a dry run looks through, oldest first of the newest ones. */
const lookedThrough = 50_000;

/** The reason of what is left alone after an unblock. */
const GRACE = 'unblocked a moment ago';

export class AnswerDesk {
  readonly #running: Running;
  readonly #asker: Asker;

  constructor(running: Running, asker: Asker) {
    this.#running = running;
    this.#asker = asker;
  }

  blocks({ all }: Verbs['blocks']['args']): Verbs['blocks']['result'] {
    const { answers, ledger, startedMs } = this.#running;
    const { book, settings } = answers;
    const nowMs = this.#nowMs();
    const standing = book.standing().toSorted((a, b) => b.sinceMs - a.sinceMs);
    const query = { endedSinceMs: nowMs - listedEndedMs, limit: listedEnded };
    const ended = all === true ? ledger.store.blocks(query) : [];
    return {
      mode: settings.mode,
      watching: startedMs !== 0,
      cap: settings.cap,
      blocks: [...standing, ...ended],
      allowed: book.allowed(nowMs),
    };
  }

  async never(): Promise<Verbs['blocks.never']['result']> {
    const { answers, signal } = this.#running;
    await answers.never.refresh(signal, true);
    return { never: answers.never.entries, allowed: answers.book.allowed(this.#nowMs()) };
  }

  async block(args: Verbs['block']['args']): Promise<Verbs['block']['result']> {
    const prefix = readPrefix('block', args.target);
    const nowMs = this.#nowMs();
    if (args.untilMs !== 0 && (args.untilMs <= nowMs || args.untilMs > nowMs + longestMs))
      throw new VerbError(
        'BAD_TIME',
        `Cannot block "${args.target}" until then: choose an end within a year, as --for "8 h"`,
      );
    const { answers, signal, startedMs } = this.#running;
    await answers.never.refresh(signal, true);
    const { failure } = answers.never;
    if (failure !== '' && !args.insist)
      throw new VerbError(
        'NEVER',
        `Cannot block "${args.target}": the never-block list cannot be read: ${failure}. If you are sure: add --force`,
      );
    this.#refuse(prefix, args);
    this.#refuseAllowed(prefix, args);
    return await answers.serially(async () => {
      const { within, inside } = standingAround(answers.book.standing(), prefix);
      if (within !== undefined && within.kind === 'drop')
        throw new VerbError(
          'BLOCKED',
          `Cannot block "${prefix.text}": it lies in "${within.target}", which is blocked already. See: telltale blocks`,
        );
      if (inside.length === 0 && answers.book.size >= answers.settings.cap)
        throw new VerbError(
          'CAP',
          `Cannot block "${prefix.text}": ${answers.settings.cap} blocks stand already (answers.cap). End some: telltale unblock ADDR`,
        );
      const wish = { target: prefix.text, kind: 'drop', by: this.#asker.name, alert: undefined } as const;
      const { reason, untilMs } = args;
      const [block] = await answers.putUp([{ ...wish, reason, untilMs, replaces: inside }]);
      if (block === undefined || block.state === 'failed') throw failed(prefix.text, block);
      return { block: answers.book.get(block.id) ?? block, ended: inside, watching: startedMs !== 0 };
    });
  }

  async unblock({ target, reason }: Verbs['unblock']['args']): Promise<Verbs['unblock']['result']> {
    const prefix = readPrefix('unblock', target);
    const { answers, ledger } = this.#running;
    return await answers.serially(async () => {
      const meant = answers.book.meant(prefix);
      if (meant.length === 0)
        throw new VerbError('NOT_FOUND', `Cannot unblock "${prefix.text}": it is not blocked. See: telltale blocks`);
      const ended = await answers.takeDown(meant, `unblocked by ${this.#asker.name}: ${reason}`);
      const turn = ledger.turn();
      const { graceMs } = answers.settings;
      const graceUntilMs = graceMs === 0 ? 0 : turn.nowMs + graceMs;
      const grace = { by: this.#asker.name, reason: GRACE, atMs: turn.nowMs, untilMs: graceUntilMs };
      if (graceMs > 0)
        for (const block of ended) {
          const longer = answers.book.allowed(turn.nowMs).find((allowed) => allowed.prefix === block.target);
          if (longer === undefined || (longer.untilMs !== 0 && longer.untilMs < graceUntilMs))
            answers.book.allow({ ...grace, prefix: block.target }, turn);
        }
      await ledger.commit(turn);
      return { ended, graceUntilMs };
    });
  }

  async allow(args: Verbs['allow']['args']): Promise<Verbs['allow']['result']> {
    const prefix = readPrefix('allow', args.target);
    const { answers, ledger } = this.#running;
    const nowMs = this.#nowMs();
    if (args.untilMs !== 0 && args.untilMs <= nowMs)
      throw new VerbError(
        'BAD_TIME',
        `Cannot allow "${args.target}" until then: that is over. Choose an end, as --for "8 h"`,
      );
    return await answers.serially(async () => {
      const inside = answers.book.meant(prefix).filter(({ target }) => isInside(target, prefix));
      const lifted = args.end ? [] : inside;
      const ended = await answers.takeDown(lifted, `allowed by ${this.#asker.name}: ${args.reason}`);
      if (args.end) return await this.#disallow(prefix);
      const turn = ledger.turn();
      const around = answers.book.meant(prefix).map(({ target }) => target);
      const { untilMs, reason } = args;
      const allowed = { prefix: prefix.text, by: this.#asker.name, reason, atMs: turn.nowMs, untilMs };
      if (!answers.book.allow(allowed, turn))
        throw new VerbError(
          'CAP',
          'Cannot allow more than 1000 addresses. Put networks into the setting answers.never',
        );
      const words = `${prefix.text} is allowed: ${reason}`;
      turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'answer', by: this.#asker.name, words } });
      await ledger.commit(turn);
      return { allowed: [allowed], ended, stillIn: around };
    });
  }

  /** Goes through the stored alerts as if answers had been on. */
  async try({ sinceMs }: Verbs['block.try']['args']): Promise<Verbs['block.try']['result']> {
    const { answers, ledger, signal } = this.#running;
    await answers.never.refresh(signal);
    const alerts = ledger.store
      .alerts({ sinceMs, limit: lookedThrough })
      .map(plainAlert)
      .filter(({ finding, ...rest }) => isAnswered(answers.settings.rules, { ...rest, finding, state: 'open' }))
      .toSorted((a, b) => a.firstMs - b.firstMs);
    const would: Verbs['block.try']['result']['would'][number][] = [];
    const spared: Verbs['block.try']['result']['spared'][number][] = [];
    const times = new Map<string, number>();
    let standing: readonly Block[] = [];
    for (const alert of alerts) {
      standing = standing.filter(({ untilMs }) => untilMs > alert.firstMs);
      const view = { settings: answers.settings, spared: answers.spared(alert.firstMs), standing, kinds: everyKind };
      const decision = decide({ ...alert, state: 'open' }, view);
      if (decision === undefined) continue;
      const { id, firstMs: timeMs, finding } = alert;
      if (decision.as === 'spare') {
        spared.push({ target: decision.target, why: decision.why, alert: id, title: finding.title, timeMs });
        continue;
      }
      const { target, kind } = decision;
      const nth = (times.get(target) ?? 0) + 1;
      times.set(target, nth);
      const untilMs = timeMs + lengthOf(answers.settings, nth);
      standing = [...standing, { ...phantom, id, target, kind, sinceMs: timeMs, untilMs }];
      would.push({ target, kind, alert: id, title: finding.title, timeMs, untilMs });
    }
    return { alerts: alerts.length, would, spared, mode: answers.settings.mode };
  }

  async #disallow(prefix: IpPrefix): Promise<Verbs['allow']['result']> {
    const { answers, ledger } = this.#running;
    const turn = ledger.turn();
    const gone = answers.book.disallow(prefix, turn);
    if (gone.length === 0)
      throw new VerbError(
        'NOT_FOUND',
        `Cannot end the allowance of "${prefix.text}": there is none. See: telltale blocks --never`,
      );
    const words = `${gone.map(({ prefix: text }) => text).join(', ')} is no longer allowed`;
    turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'answer', by: this.#asker.name, words } });
    await ledger.commit(turn);
    return { allowed: gone, ended: [], stillIn: [] };
  }

  /** Who is on the never-block list, or sits at the other end of the asker's own connection, is not blocked by a slip. */
  #refuse(prefix: IpPrefix, { target, from, insist }: Verbs['block']['args']): void {
    const own = from === undefined ? undefined : parsePrefix(from);
    if (own !== undefined && isPrefix(own) && overlaps(own, prefix))
      throw new VerbError(
        'NEVER',
        `Cannot block "${target}": you are logged in from "${own.text}" yourself and would lock yourself out. Log in from elsewhere first`,
      );
    const hit = this.#running.answers.never.hitBy(prefix);
    if (hit === undefined || (insist && !hit.hard)) return;
    throw new VerbError('NEVER', neverWords(target, hit));
  }

  /** What a person allowed is not blocked by another one's slip; that it was unblocked a moment ago is no reason. */
  #refuseAllowed(prefix: IpPrefix, { target, insist }: Verbs['block']['args']): void {
    const allowed = this.#running.answers.book.allowed(this.#nowMs()).find(({ prefix: text, reason }) => {
      const own = parsePrefix(text);
      return isPrefix(own) && overlaps(own, prefix) && reason !== GRACE;
    });
    if (allowed === undefined || insist) return;
    const what = allowed.prefix === target ? 'it' : `"${allowed.prefix}"`;
    throw new VerbError(
      'NEVER',
      `Cannot block "${target}": ${what} is allowed by ${allowed.by} (${allowed.reason}). End that: telltale allow ${allowed.prefix} --end; or add --force`,
    );
  }

  #nowMs(): number {
    return this.#running.ledger.parts.host.clock.nowMs();
  }
}

const everyKind = new Set(['drop', 'rate-limit'] as const);

const phantom: Block = {
  id: '',
  target: '',
  kind: 'drop',
  state: 'planned',
  by: '',
  alert: '',
  rule: '',
  reason: '',
  sinceMs: 0,
  untilMs: 0,
  endedMs: 0,
  endedWhy: '',
  times: 1,
  port: 0,
  mode: '',
  done: {},
};

function neverWords(target: string, { prefix, why, hard }: NeverBlock): string {
  const what = prefix === target ? 'it' : `"${prefix}"`;
  const next = hard ? 'See: telltale blocks --never' : 'If you are sure: add --force';
  return `Cannot block "${target}": ${what} is on the never-block list (${why}). ${next}`;
}

function readPrefix(verb: string, typed: string): IpPrefix {
  const prefix = parsePrefix(typed.trim());
  if (!isPrefix(prefix))
    throw new VerbError(
      'USAGE',
      `Cannot ${verb} "${typed}": it ${prefix.wrong}. Write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/64`,
    );
  return prefix;
}

function isInside(target: string, prefix: IpPrefix): boolean {
  const own = parsePrefix(target);
  return isPrefix(own) && containsPrefix(prefix, own);
}

function failed(target: string, block: Block | undefined): VerbError {
  const failures = Object.entries(block?.done ?? {}).map(([way, { failure }]) => `${way}: ${failure}`);
  const why = failures.length === 0 ? 'no responder here can do it' : failures.join('; ');
  return new VerbError(
    'NOT_BLOCKED',
    `Cannot block "${target}": ${why}. Look at the setting answers.responders: telltale config show`,
  );
}
