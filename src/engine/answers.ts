/**
 * Answers attacks: takes alerts as they are stored, decides, lets the responders act, and ends every block in its time.
 * One thing at a time, in order, so that a block and its end never race. See docs/answers.md.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { formatDuration } from '#lib/duration.ts';
import { isPrefix, overlaps, parsePrefix } from '#lib/ip-prefix.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import type { Alert } from '#model/finding.ts';
import type { AnswerSettings, Block, BlockKind, KernelBlock } from '#model/responder.ts';
import type { Row } from '#model/table.ts';
import type { Pushed } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import { decide, lengthOf, type Spared, sourceOf } from './answer-decision.ts';
import { tellFailures, tellUnspared } from './answer-trouble.ts';
import { BlockBook } from './block-book.ts';
import { KernelAsking, kernelWish } from './kernel-blocks.ts';
import type { Ledger } from './ledger.ts';
import { NeverList } from './never-list.ts';
import { type AnswerParts, Responding } from './responding.ts';

import type { Turn } from './turn.ts';

const tickMs = 1_000;
const goesOnMs = 120_000;
const minuteMs = 60_000;
/** Slowed-down sources are looked at again this often: one that completed a connection since is shut out. */
const proofEveryMs = 5_000;
/** Alerts that wait for a decision; in a flood the one that waited longest goes, and comes again with its next update. */
const mostWaiting = 10_000;
/** A target whose block failed is not tried again before this. */
const retryMs = 60_000;
/** Decisions not to answer, remembered so that each is written down once. */
const rememberedSpares = 10_000;

/** What a new block is made of. */
export interface Wish {
  readonly target: string;
  readonly kind: BlockKind;
  readonly by: string;
  readonly reason: string;
  /** 0: as long as the settings and its repeats say. */
  readonly untilMs: number;
  readonly alert: Alert | undefined;
}

export class Answers {
  readonly settings: AnswerSettings;
  readonly book: BlockBook;
  readonly never: NeverList;
  readonly #ledger: Ledger;
  readonly #rowOf: (table: string, key: string) => Row | undefined;
  readonly #responding: Responding;
  readonly #waiting = new BoundedMap<string, Alert>(mostWaiting);
  readonly #spared = new BoundedMap<string, string>(rememberedSpares);
  readonly #failedMs = new BoundedMap<string, number>(rememberedSpares);
  readonly #log = tokenBucket(200, 1);
  /** Everything that changes blocks runs in here, one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #restored = false;
  #started = false;
  readonly #asking = new KernelAsking();
  #proofAtMs = 0;
  /** When something was last heard of somebody who attacks; monotonic. */
  #heardMs = -Infinity;
  #minuteAtMs = 0;
  #signal: AbortSignal = new AbortController().signal;

  /** `rowOf` gives the row that stands under a key now: it tells whether an attack still goes on. */
  constructor(ledger: Ledger, parts: AnswerParts, rowOf: (table: string, key: string) => Row | undefined) {
    const { host, store } = ledger.parts;
    this.#rowOf = rowOf;
    this.settings = parts.settings;
    this.#ledger = ledger;
    this.#responding = new Responding(parts.ways);
    this.book = new BlockBook(store, host.clock.nowMs());
    this.never = new NeverList((signal) => parts.neverBlock(signal), host.clock);
  }

  /** Puts up what should stand and takes down what is over, then hears of alerts; before the first look. */
  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#started = true;
    const { clock } = this.#ledger.parts.host;
    this.#minuteAtMs = clock.monotonicMs();
    await this.serially(async () => {
      if (this.settings.mode !== 'off') {
        await this.never.refresh(signal);
        await this.#responding.spare(this.never.prefixes);
      }
      await this.restore();
    });
    if (this.settings.mode === 'off') return;
    this.#ledger.follow((pushed) => this.#take(pushed));
    await this.#responding.hearKernel((found) => this.#hearKernel(found));
  }

  /** Ends blocks in their time, adopts those of the kernel, and looks whether all still stands. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    while (!signal.aborted) {
      await clock.sleep(tickMs, signal);
      if (!signal.aborted) await this.serially(() => this.#tick(clock.monotonicMs()));
    }
    await this.#work;
  }

  /** At an orderly stop nothing of ours stays in the kernel, unless it is to; the next start puts it up again. */
  async stop(): Promise<void> {
    if (!this.#started || this.settings.keep) return;
    await this.serially(() => this.#responding.clear(this.book.standing()));
  }

  /** Runs `act` when all before it is done. */
  async serially<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(act, act);
    this.#work = mine.catch(() => undefined);
    return await mine;
  }

  /** Once in a process, before anything is changed: exactly what the book says stands. */
  async restore(): Promise<void> {
    if (this.#restored) return;
    this.#restored = true;
    if (this.settings.mode === 'off' && !this.book.everUsed) return;
    const turn = this.#ledger.turn();
    const isOver = (block: Block): boolean => block.untilMs <= turn.nowMs;
    const [over, rest] = [this.book.standing().filter(isOver), this.book.standing().filter((block) => !isOver(block))];
    const standing = rest.filter(({ state }) => state !== 'planned');
    const restored = await this.#responding.restore(standing, over);
    for (const block of over) this.book.end(block, { words: 'expired', state: 'undone' }, turn);
    for (const block of restored) if (block.state === 'failed') this.book.put(block, turn);
    tellFailures(this.#ledger, restored, turn);
    await this.#commit(turn);
  }

  /** Puts a block up (or writes down that it would have been), with its repeats; narrower ones give way to it. */
  async putUp(wishes: readonly (Wish & { readonly replaces: readonly Block[] })[]): Promise<readonly Block[]> {
    if (wishes.length === 0) return [];
    await this.restore();
    const turn = this.#ledger.turn();
    const fresh = wishes.map((wish) => this.#blockOf(wish, turn.nowMs));
    const planned = this.settings.mode === 'try' ? fresh.filter(({ alert }) => alert !== '') : [];
    const replaced = wishes.flatMap(({ replaces }) => replaces.map((block) => this.book.get(block.id) ?? block));
    await this.#responding.undo(replaced.filter(({ state }) => state === 'active'));
    for (const block of new Set(replaced)) this.book.replace(block, turn);
    const applied = await this.#responding.apply(fresh.filter((block) => !planned.includes(block)));
    for (const block of [...planned, ...applied]) this.#write(block, turn);
    tellFailures(this.#ledger, applied, turn);
    await this.#commit(turn);
    return [...planned, ...applied];
  }

  /** Takes blocks down and ends them; `words` is why. */
  async takeDown(blocks: readonly Block[], words: string): Promise<readonly Block[]> {
    if (blocks.length === 0) return [];
    await this.restore();
    const turn = this.#ledger.turn();
    const undone = await this.#responding.undo(blocks.filter(({ state }) => state === 'active'));
    const failed = undone.filter(({ done }) => Object.values(done).some(({ failure }) => failure !== undefined));
    tellFailures(this.#ledger, failed, turn);
    const ended = blocks.map((block) => this.book.end(block, { words, state: 'undone' }, turn));
    for (const block of ended) if (block.alert !== '') turn.history(block.alert, `block of ${block.target}: ${words}`);
    await this.#commit(turn);
    return ended;
  }

  /** Whom nobody blocks now: the built-in list, and those that a person allowed. */
  spared(nowMs: number): readonly Spared[] {
    return [...this.book.spared(nowMs), ...this.never.spared];
  }

  #take(pushed: Pushed): void {
    if (pushed.type !== 'alert' || sourceOf(pushed.alert.finding) === undefined) return;
    const idle = this.#waiting.size === 0;
    this.#heardMs = this.#ledger.parts.host.clock.monotonicMs();
    this.#waiting.set(pushed.alert.id, pushed.alert);
    if (idle) void this.serially(() => this.#decideWaiting());
  }

  async #decideWaiting(): Promise<void> {
    const alerts = [...this.#waiting.entries()].map(([id, alert]) => {
      this.#waiting.delete(id);
      return alert;
    });
    if (alerts.length === 0 || this.#signal.aborted) return;
    await this.#refreshNever();
    const turn = this.#ledger.turn();
    if (this.never.failure !== '') {
      tellUnspared(this.#ledger, this.never.failure, turn);
      await this.#commit(turn);
      return;
    }
    const wishes: (Wish & { readonly replaces: readonly Block[] })[] = [];
    for (const alert of alerts) {
      const wish = this.#decide(alert, wishes, turn);
      if (wish !== undefined) wishes.push(wish);
    }
    await this.putUp(wishes);
    await this.#commit(turn);
  }

  #decide(
    alert: Alert,
    wishes: readonly Wish[],
    turn: Turn,
  ): (Wish & { readonly replaces: readonly Block[] }) | undefined {
    const decision = decide(alert, {
      settings: { ...this.settings, cap: this.settings.cap - wishes.length },
      spared: this.spared(turn.nowMs),
      standing: this.book.standing(),
      kinds: this.#responding.kinds,
    });
    if (decision === undefined) return undefined;
    if (decision.as === 'spare') {
      this.#noteSpared(alert, `${decision.target} is not blocked: ${decision.why}`, turn);
      return undefined;
    }
    const { target, kind, replaces } = decision;
    // An alert that only changed hands or was acknowledged is no new attack.
    if (alert.lastMs <= this.book.endedMs(target)) return undefined;
    if (turn.nowMs - (this.#failedMs.get(target) ?? -Infinity) < retryMs) return undefined;
    if (wishes.some((wish) => wish.target === target)) return undefined;
    const { title } = alert.finding;
    return { target, kind, replaces, by: 'telltale', reason: title.slice(0, 300), untilMs: 0, alert };
  }

  #noteSpared(alert: Alert, words: string, turn: Turn): void {
    if (this.#spared.get(alert.id) === words) return;
    if (!this.#log.take(this.#ledger.parts.host.clock.monotonicMs())) return;
    this.#spared.set(alert.id, words);
    turn.history(alert.id, words);
  }

  #blockOf({ target, kind, by, reason, untilMs, alert }: Wish, nowMs: number): Block {
    const times = this.book.timesOf(target, nowMs);
    return {
      id: this.#ledger.parts.host.clock.id(),
      target,
      kind,
      state: 'planned',
      by,
      alert: alert?.id ?? '',
      rule: alert?.finding.rule ?? '',
      reason,
      sinceMs: nowMs,
      untilMs: untilMs === 0 ? nowMs + lengthOf(this.settings, times) : untilMs,
      endedMs: 0,
      endedWhy: '',
      times,
      ...whereFrom(alert),
      done: {},
    };
  }

  #write(block: Block, turn: Turn): void {
    const lasts = formatDuration(block.untilMs - block.sinceMs);
    this.book.put(block, turn);
    if (block.state === 'failed') {
      this.#failedMs.set(block.target, turn.nowMs);
      const why = Object.values(block.done)[0]?.failure ?? 'there is no responder';
      this.book.end(block, { words: `could not be put up: ${why}`, state: 'failed' }, turn);
    }
    if (block.alert === '') return;
    const verb = block.kind === 'drop' ? 'blocked' : 'slowed down';
    const words = {
      planned: `${block.target} would be ${verb} for ${lasts} (answers.mode is "try")`,
      active: `${block.target} is ${verb} for ${lasts} by ${upBy(block).join(', ')}`,
      failed: `${block.target} could not be ${verb}`,
      undone: '',
    }[block.state];
    turn.history(block.alert, words);
  }

  async #tick(nowMs: number): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    const over = this.book.standing().filter(({ untilMs }) => untilMs <= clock.nowMs());
    await this.takeDown(over, 'expired');
    await this.#again(over.filter((block) => this.#outlasted(block)));
    if (this.#asking.due(nowMs, nowMs - this.#heardMs <= goesOnMs))
      await this.#adopt(await this.#responding.kernelBlocks());
    if (nowMs - this.#proofAtMs >= proofEveryMs) {
      this.#proofAtMs = nowMs;
      const slowed = this.book.standing().filter(({ kind, state }) => kind === 'rate-limit' && state === 'active');
      await this.#again(slowed.filter((block) => this.#attackOf(block)?.row['blockable'] === true));
    }
    if (nowMs - this.#minuteAtMs < minuteMs) return;
    this.#minuteAtMs = nowMs;
    if (this.settings.mode !== 'off') await this.#refreshNever();
    if (this.book.size === 0 || (await this.#responding.intact())) return;
    this.#restored = false;
    await this.restore();
    const turn = this.#ledger.turn();
    const words = 'Somebody took our blocks out of the packet filter; they were put up again';
    turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'answer', by: 'telltale', words } });
    await this.#commit(turn);
  }

  async #refreshNever(): Promise<void> {
    if (!(await this.never.refresh(this.#signal))) return;
    await this.#responding.spare(this.never.prefixes);
    // What became a gateway or an administrator's address since then is let in again; a person's block stays.
    const hit = this.book.standing().filter(({ by, target }) => {
      const own = parsePrefix(target);
      return by === 'telltale' && isPrefix(own) && this.never.prefixes.some((prefix) => overlaps(prefix, own));
    });
    await this.takeDown(hit, 'it is on the never-block list now');
  }

  /**
   * An attack that goes on when its block is over, or whose sender has proved itself since, is answered again: its alert
   * says nothing new, because it is the same attack.
   */
  async #again(blocks: readonly Block[]): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    const turn = this.#ledger.turn();
    const wishes: (Wish & { readonly replaces: readonly Block[] })[] = [];
    for (const block of blocks) {
      const attack = this.#attackOf(block);
      if (attack === undefined) continue;
      const { alert, row } = attack;
      const facts = { ...alert.finding.facts, confirmed: row['blockable'] === true };
      const now = { ...alert, lastMs: clock.nowMs() + 1, finding: { ...alert.finding, facts } };
      const wish = this.#decide(now, wishes, turn);
      if (wish !== undefined) wishes.push(wish);
    }
    await this.putUp(wishes);
    await this.#commit(turn);
  }

  /** Did the attack go on in the second half of its block? A short block must not be repeated for what stopped at once. */
  #outlasted(block: Block): boolean {
    const lastMs = this.#attackOf(block)?.row['lastMs'];
    return typeof lastMs === 'number' && lastMs > (block.sinceMs + block.untilMs) / 2;
  }

  /** The open alert of a block and its row, when that moved within the last minute (column "lastMs"). */
  #attackOf({ alert: id, by }: Block): { readonly alert: Alert; readonly row: Row } | undefined {
    if (id === '' || by !== 'telltale') return undefined;
    const alert = this.#ledger.alerts.get(id);
    const row = alert === undefined || alert.state === 'closed' ? undefined : this.#rowOf(alert.table, alert.key);
    const lastMs = row?.['lastMs'];
    const goesOn = typeof lastMs === 'number' && lastMs > this.#ledger.parts.host.clock.nowMs() - minuteMs;
    return alert === undefined || row === undefined || !goesOn ? undefined : { alert: plainAlert(alert), row };
  }

  /** What the kernel shut out by itself is shown, ended and grows like any other block. */
  async #adopt(found: readonly (KernelBlock & { readonly responder: string })[]): Promise<void> {
    if (found.length > 0) this.#heardMs = this.#ledger.parts.host.clock.monotonicMs();
    const turn = this.#ledger.turn();
    for (const one of found) this.#adoptOne(one, turn);
    await this.#commit(turn);
  }

  #adoptOne(found: KernelBlock & { readonly responder: string }, turn: Turn): void {
    const { target, untilMs, responder, dropped = 0 } = found;
    const own = parsePrefix(target);
    if (!isPrefix(own)) return;
    const standing = this.book.meant(own);
    const same = standing.find((block) => block.by === 'kernel' && block.target === target);
    if (same !== undefined && dropped > (same.dropped ?? 0)) this.book.note({ ...same, dropped });
    if (standing.length > 0 || untilMs <= turn.nowMs || this.book.size >= this.settings.cap) return;
    const { wish, evidence } = kernelWish(found);
    const done = { [responder]: { state: 'active', undo: {} } } as const;
    this.book.put({ ...this.#blockOf(wish, turn.nowMs), ...evidence, state: 'active', done }, turn);
  }

  /** The kernel told at once: the block is there before the scanner has waited for its next answer. */
  #hearKernel(found: readonly (KernelBlock & { readonly responder: string })[]): void {
    this.#asking.told(this.#ledger.parts.host.clock.monotonicMs());
    if (found.length > 0) void this.serially(() => this.#adopt(found));
  }

  async #commit(turn: Turn): Promise<void> {
    if (turn.records.length > 0) await this.#ledger.commit(turn);
  }
}

/** Port and protocol of an alert, for commands. */
function whereFrom(alert: Alert | undefined): Pick<Block, 'port' | 'mode'> {
  const { facts = {}, source } = alert?.finding ?? {};
  const port = Number(facts['port'] ?? source?.port ?? 0);
  const { protocol } = facts;
  return { port: Number.isSafeInteger(port) ? port : 0, mode: typeof protocol === 'string' ? protocol : '' };
}

function upBy({ done }: Block): readonly string[] {
  return Object.entries(done).flatMap(([way, { state }]) => (state === 'active' ? [way] : []));
}
