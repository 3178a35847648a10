/**
 * Everything that is known of who probes one network namespace: from headers to scans. Pure: time and packets come in,
 * scans come out. Bounded throughout; what is evicted is said at each bound.
 */

import { AgingMap } from '#lib/aging-map.ts';
import type { OpenPorts, ScanSettings } from '#model/packets.ts';
import type { SourceKey } from './address.ts';
import { Collected } from './collected.ts';
import { FloodWatch } from './flood.ts';
import type { Group } from './groups.ts';
import { isPort, MARK, type PlaceKey } from './places.ts';
import { Returns } from './returns.ts';
import type { Scan } from './scan.ts';
import { ANSWER_MS, isEnough, scoreOf } from './score.ts';
import type { SlowBook } from './slow.ts';
import { isRepeat, type Probe, Source } from './source.ts';
import { forgetSeenUntil } from './sweep.ts';
import { SYNS, SynFloodWatch } from './syn-flood.ts';
import { opens } from './technique.ts';
import { linkedTo, Twins } from './twins.ts';
import { Waiting } from './waiting.ts';
import { LEAST_PLACES, thresholds } from './weight.ts';

/** Sources that tried one place only; the one that came longest ago goes. */
const MAX_NEWCOMERS = 65_536;
/** Sources that tried more; likewise. */
const MAX_SOURCES = 16_384;
/** Scans that go on at the same time; more are counted, and that is told as a gap. */
const MAX_SCANS = 200;
/** Of these, shared by many sources: the Internet is full of them. */
const MAX_GROUPS_TOLD = 24;
/** Sources looked at in one settling. */
const MAX_SETTLED = 400;
/** From the last sign that it is a scan to telling: what it is shows in the first tenth of a second. */
const TELL_MS = 80;
/** After this long without a probe a source begins anew; the slow book remembers. */
const FORGET_MS = 10 * 60_000;

export class ScanBook {
  readonly flood = new FloodWatch();
  readonly syns = new SynFloodWatch();
  readonly scans = new Map<string, Scan>();
  readonly #limits: { readonly fast: number; readonly slow: number };
  readonly #quietMs: number;
  readonly #newcomers = new AgingMap<SourceKey, Probe>(MAX_NEWCOMERS);
  readonly #sources = new AgingMap<SourceKey, Source>(MAX_SOURCES);
  readonly #told = new Map<SourceKey, Source>();
  #hot = new Set<Source>();
  #drowned: SourceKey = 0;
  readonly returns = new Returns();
  #back: Source[] = [];
  readonly #waiting = new Waiting();
  readonly #twins = new Twins();
  readonly #collected: Collected;
  #ports: { readonly open: OpenPorts; readonly atMs: number } | undefined;
  /** Something can only be told when it is known what listens. */
  wantsPorts = false;
  /** Scans beyond the bound, that were not told. */
  overflow = 0;

  constructor(settings: Pick<ScanSettings, 'sensitivity' | 'quietMs'>) {
    this.#limits = thresholds[settings.sensitivity];
    this.#quietMs = settings.quietMs;
    this.#collected = new Collected(this.#limits.slow);
  }

  /** What is kept over restarts. */
  get slow(): SlowBook {
    return this.#collected.slow;
  }

  /** Something waits to be settled. */
  get busy(): boolean {
    return (
      this.syns.busy || this.#hot.size > 0 || this.#waiting.size > 0 || this.#collected.busy || this.#back.length > 0
    );
  }

  source(key: SourceKey): Source | undefined {
    return this.#told.get(key) ?? this.#sources.get(key);
  }

  /** Sources that are remembered. */
  get size(): number {
    return this.#newcomers.size + this.#sources.size + this.#told.size;
  }

  /** In a flood an unknown sender is only counted, so that nothing grows; true when that was done. */
  drowned(key: SourceKey, { place, technique }: Pick<Probe, 'place' | 'technique'>, timeMs: number): boolean {
    const many = opens(technique) && this.syns.syn(key, place, timeMs);
    if (!many && !this.flood.hot(timeMs)) return false;
    if (this.#newcomers.has(key) || this.source(key) !== undefined) return false;
    if (many) return true;
    this.flood.count(timeMs, key !== this.#drowned, place);
    this.#drowned = key;
    return true;
  }

  /** A probe came in. `mark` are marks of OS detection; `alone`: too remarkable to be taken for a stray one. */
  probe(key: SourceKey, probe: Probe, more: { readonly osMark: number; readonly alone: boolean }): Source | undefined {
    const known = this.source(key);
    if (known !== undefined) return this.#again(known, probe, more.osMark);
    const newcomer = this.#newcomers.get(key);
    if (probe.technique === 'connect' && this.returns.comesBack(key, probe.place, probe.timeMs)) {
      const source = this.#promote(key, newcomer, probe, more.osMark);
      this.#back.push(source);
      return source;
    }
    if (newcomer === undefined && !more.alone) {
      this.#newcomers.set(key, probe);
      this.#wait(key, probe);
      return undefined;
    }
    if (newcomer !== undefined && !more.alone && isRepeat(newcomer, probe)) {
      probe.outcome = newcomer.outcome;
      probe.bucket = newcomer.bucket;
      this.#newcomers.set(key, probe);
      return undefined;
    }
    return this.#promote(key, newcomer, probe, more.osMark);
  }

  /** What became of a place that `key` tried; false when nothing is known of it. */
  answer(key: SourceKey, place: PlaceKey, bits: number, timeMs: number): boolean {
    const source = this.source(key);
    if (source !== undefined) {
      if (!source.places.has(place)) return false;
      const before = source.places.bitsOf(place);
      source.places.answer(place, bits);
      if ((bits & MARK.open) !== 0 && source.openedMs === 0) source.openedMs = timeMs;
      if ((bits & MARK.closed) !== 0 && (before & MARK.closed) === 0) this.#refused(key, place, timeMs, source);
      this.#heat(source);
      return true;
    }
    const newcomer = this.#newcomers.get(key);
    if (newcomer?.place !== place) return false;
    const fresh = (newcomer.outcome & MARK.closed) === 0;
    newcomer.outcome |= bits;
    if ((bits & MARK.closed) !== 0) {
      this.#countRefused(newcomer, timeMs, place);
      if (fresh && (newcomer.bits & MARK.client) === 0) this.#collect(key, place, timeMs);
    }
    return true;
  }

  /** They ended what we had accepted: `half` before a handshake, `aborted` right after, 0 later (that proves them). */
  brokeOff(key: SourceKey, place: PlaceKey, mark: number, timeMs: number): void {
    this.source(key)?.reacted(mark);
    const newcomer = this.#newcomers.get(key);
    if (newcomer?.place === place) newcomer.outcome |= mark === 0 ? MARK.proven : mark;
    else if (mark !== 0) this.answer(key, place, mark, timeMs);
  }

  /** The same packet (ports and sequence number) from another sender a moment ago: both are linked. */
  twin(key: SourceKey, print: number, timeMs: number): void {
    const other = this.#twins.before(key, print, timeMs);
    if (other === undefined) return;
    this.source(key)?.link(other);
    this.source(other)?.link(key);
  }

  portsAre(open: OpenPorts, askedMs: number): void {
    this.#ports = { open, atMs: askedMs };
    this.wantsPorts = false;
  }

  /** Judges what is ripe; returns the scans that are to be told now. */
  settle(nowMs: number): readonly Scan[] {
    const opened: Scan[] = [];
    this.#ripen(nowMs);
    this.#synsSettle(nowMs, opened);
    if (this.#floodSettles(nowMs, opened)) return opened;
    for (const source of this.#back.splice(0))
      this.#open({ form: 'return', name: source.key, sources: [source], group: undefined, slow: false }, nowMs, opened);
    this.#tellCollected(nowMs, opened);
    let looked = 0;
    for (const source of this.#hot.values().toArray()) {
      looked += 1;
      if (looked > MAX_SETTLED) break;
      this.#hot.delete(source);
      const state = this.#judge(source, nowMs);
      if (state === 'later') this.#hot.add(source);
      else if (state === 'tell') this.#tell(source, nowMs, opened);
    }
    return opened;
  }

  /** Scans that go on, and those that ended since they were shown last. A scan that was shown whole is dropped. */
  current(nowMs: number): readonly Scan[] {
    for (const [id, scan] of this.scans) {
      const lastMs = this.lastMs(scan);
      const whole = scan.shownMs === lastMs;
      scan.shownMs = lastMs;
      if (whole && nowMs - lastMs > this.#quietMs) this.#close(id, scan, nowMs);
    }
    return [...this.scans.values()];
  }

  /** A scan has become quiet: the next look closes it. */
  quiet(nowMs: number): boolean {
    return this.scans.values().some((scan) => nowMs - this.lastMs(scan) > this.#quietMs);
  }

  lastMs(scan: Scan): number {
    if (scan.name === SYNS) return this.syns.flood?.lastMs ?? scan.openedMs;
    if (scan.form === 'flood') return this.flood.lastMs;
    return scan.sources.reduce((last, source) => Math.max(last, source.lastMs), scan.group?.lastMs ?? scan.openedMs);
  }

  #again(known: Source, probe: Probe, osMark: number): Source {
    let source = known;
    if (source.told === undefined && probe.timeMs - source.lastMs > FORGET_MS) source = this.#fresh(source.key, probe);
    const fresh = source.note(probe);
    source.osMarks |= osMark;
    if (source.told === undefined) {
      this.#sources.set(source.key, source);
      if (fresh) this.#wait(source.key, probe);
      this.#heat(source);
    }
    return source;
  }

  #fresh(key: SourceKey, probe: Probe): Source {
    const source = new Source(key, probe.timeMs);
    const evicted = this.#sources.get(key);
    if (evicted !== undefined) this.#hot.delete(evicted);
    this.#sources.set(key, source);
    return source;
  }

  #promote(key: SourceKey, newcomer: Probe | undefined, probe: Probe, osMark: number): Source {
    const source = this.#fresh(key, newcomer ?? probe);
    const recent = newcomer !== undefined && probe.timeMs - newcomer.timeMs <= FORGET_MS;
    if (recent) {
      source.note(newcomer);
      if (newcomer.outcome !== 0) source.places.answer(newcomer.place, newcomer.outcome);
      if ((newcomer.outcome & MARK.open) !== 0) source.openedMs = newcomer.timeMs;
      if ((newcomer.outcome & (MARK.half | MARK.aborted | MARK.proven)) !== 0) source.reacted(newcomer.outcome);
    }
    this.#newcomers.delete(key);
    return this.#again(source, probe, osMark);
  }

  #heat(source: Source): void {
    if (source.told === undefined) this.#hot.add(source);
  }

  #wait(key: SourceKey, { place, timeMs, bits }: Probe): void {
    if ((bits & (MARK.client | MARK.trace)) === 0) this.#waiting.add({ key, place, atMs: timeMs });
  }

  /** Probes that got no answer in time were dropped by a packet filter: they count for slow scans and groups too. */
  #ripen(nowMs: number): void {
    const ripe = this.#waiting.ripe(nowMs, this.#ports?.atMs);
    if (ripe === 'ask') {
      this.wantsPorts = true;
      return;
    }
    for (const { key, place } of ripe) {
      if (!this.#isUnanswered(key, place)) continue;
      if (this.#ports?.open[place >> 16 === 6 ? 'tcp' : 'udp'].has(place & 0xffff) === true) continue;
      this.#countRefused(this.source(key) ?? this.#newcomers.get(key), nowMs, place);
      this.#collect(key, place, nowMs);
    }
  }

  #countRefused(of: { bucket: number } | undefined, timeMs: number, place: PlaceKey): void {
    this.flood.count(timeMs, of === undefined || of.bucket !== this.flood.bucket, place);
    if (of !== undefined) of.bucket = this.flood.bucket;
  }

  #isUnanswered(key: SourceKey, place: PlaceKey): boolean {
    if (!isPort(place)) return false;
    const source = this.source(key);
    if (source?.told !== undefined) return false;
    if (source !== undefined) return (source.places.bitsOf(place) & (MARK.open | MARK.closed)) === 0;
    const newcomer = this.#newcomers.get(key);
    return newcomer?.place === place && (newcomer.outcome & (MARK.open | MARK.closed)) === 0;
  }

  #refused(key: SourceKey, place: PlaceKey, timeMs: number, source: Source): void {
    if (source.told !== undefined) return;
    this.#countRefused(source, timeMs, place);
    if ((source.places.bitsOf(place) & (MARK.client | MARK.trace)) === 0) this.#collect(key, place, timeMs);
  }

  /** A closed place goes into the books of many sources and of many days. */
  #collect(key: SourceKey, place: PlaceKey, nowMs: number): void {
    if (!this.flood.on(nowMs)) this.#collected.add(key, place, this.#sources.get(key), nowMs);
  }

  #judge(source: Source, nowMs: number): 'nothing' | 'later' | 'tell' {
    if (source.told !== undefined) return 'nothing';
    const score = scoreOf(source, { nowMs, ports: this.#ports });
    if (isEnough(score, this.#limits.fast)) {
      if (source.crossedMs === 0) source.crossedMs = nowMs;
      return nowMs - source.crossedMs >= TELL_MS && !this.flood.on(nowMs) ? 'tell' : 'later';
    }
    if (score.unsure > 0 && score.places + score.unsure >= LEAST_PLACES) {
      this.wantsPorts = true;
      return 'later';
    }
    return nowMs - source.lastMs < ANSWER_MS + 50 ? 'later' : 'nothing';
  }

  /** Told as one scan with those who sent the same packets, where there are any. */
  #tell(source: Source, nowMs: number, opened: Scan[]): void {
    const members = linkedTo(source, (key) => this.source(key));
    const form = members.length > 1 ? 'decoys' : 'scan';
    const first = members.reduce((a, b) => (b.firstMs < a.firstMs ? b : a), source);
    this.#open({ form, name: first.key, sources: members, group: undefined, slow: false }, nowMs, opened);
  }

  #tellCollected(nowMs: number, opened: Scan[]): void {
    const { groups, slow } = this.#collected.ripe(nowMs);
    for (const group of groups) this.#tellGroup(group, nowMs, opened);
    for (const [key, places] of slow) this.#tellSlow(key, places, nowMs, opened);
  }

  #tellGroup(group: Group, nowMs: number, opened: Scan[]): void {
    if (group.told !== undefined) return;
    const members = [...group.sources.keys()].flatMap((key) => this.source(key) ?? []);
    const groups = this.scans.values().filter((scan) => scan.form === 'distributed');
    if (members.some((member) => member.told !== undefined) || [...groups].length >= MAX_GROUPS_TOLD) return;
    const scan = { form: 'distributed' as const, name: group.name, sources: members, group, slow: false };
    group.told = this.#open(scan, nowMs, opened);
  }

  #tellSlow(key: SourceKey, places: readonly PlaceKey[], nowMs: number, opened: Scan[]): void {
    this.slow.forget(key);
    const known = this.source(key);
    if (known?.told !== undefined) return;
    // Fast enough to be told by itself: one probe of last week does not make it slow.
    if (known !== undefined && isEnough(scoreOf(known, { nowMs, ports: this.#ports }), this.#limits.fast)) return;
    const newcomer = this.#newcomers.get(key);
    const source = known ?? (newcomer && this.#promote(key, newcomer, newcomer, 0));
    if (source === undefined) return;
    for (const place of places) {
      source.places.probe(place, MARK.closed, nowMs);
      source.places.answer(place, MARK.closed);
    }
    this.#open({ form: 'scan', name: key, sources: [source], group: undefined, slow: true }, nowMs, opened);
  }

  #open(scan: Omit<Scan, 'openedMs' | 'shownMs' | 'unseen'>, nowMs: number, opened: Scan[]): Scan | undefined {
    if (this.scans.size >= MAX_SCANS) {
      this.overflow += 1;
      return undefined;
    }
    const told: Scan = { ...scan, openedMs: nowMs, shownMs: 0, unseen: 0 };
    for (const source of scan.sources) {
      source.told = told;
      this.#hot.delete(source);
      this.#sources.delete(source.key);
      this.#told.set(source.key, source);
      this.#collected.leave(source);
    }
    this.scans.set(`${scan.form} ${scan.name}`, told);
    opened.push(told);
    return told;
  }

  #close(id: string, scan: Scan, nowMs: number): void {
    this.scans.delete(id);
    this.returns.ended(scan, nowMs);
    if (scan.form === 'flood') (scan.name === SYNS ? this.syns : this.flood).reset();
    for (const source of scan.sources) this.#told.delete(source.key);
    if (scan.group !== undefined) scan.group.told = undefined;
  }

  /** True while a flood goes on: nobody is accused meanwhile, for senders can be forged. */
  #floodSettles(nowMs: number, opened: Scan[]): boolean {
    if (this.flood.totals() === undefined) return false;
    if (!this.scans.has('flood flood'))
      this.#open({ form: 'flood', name: 'flood', sources: [], group: undefined, slow: false }, nowMs, opened);
    if (this.flood.on(nowMs)) {
      this.#collected.clear();
      return true;
    }
    if (this.#sweptMs < this.flood.lastMs) this.#sweep();
    return false;
  }

  /** Nobody else is spared meanwhile: a flood at an open port hides no probe of a closed one. */
  #synsSettle(nowMs: number, opened: Scan[]): void {
    this.syns.settle(nowMs);
    if (this.syns.flood === undefined || this.scans.has(`flood ${SYNS}`)) return;
    this.#open({ form: 'flood', name: SYNS, sources: [], group: undefined, slow: false }, nowMs, opened);
  }

  #sweptMs = 0;

  /** The flood is over: whoever was only seen in it says nothing. */
  #sweep(): void {
    this.#sweptMs = this.flood.lastMs;
    forgetSeenUntil(this.#sweptMs, { newcomers: this.#newcomers, sources: this.#sources, hot: this.#hot });
    this.#collected.clear();
  }
}
