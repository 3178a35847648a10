/** The watch for scans of one host: a book for each network namespace, kept up by packets, settled by time. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { Waker } from '#lib/waker.ts';
import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import type { HeardPacket, PacketDoor, Packets } from '#model/packets.ts';
import type { Row } from '#model/table.ts';
import type { ShownScan } from '#model/verbs.ts';
import type { ScanRow } from '../scan-table.ts';
import { ScanBook } from './book.ts';
import { HushWatch } from './hush.ts';
import { isIgnored, parseNetworks } from './ignored.ts';
import { LoginWatch } from './logins.ts';
import { Loss } from './loss.ts';
import { OutboundBook, type Topic } from './outbound.ts';
import { programOf, rowOfTopic } from './outbound-row.ts';
import { Pictures } from './pictures.ts';
import { ScanReader } from './reader.ts';
import type { Scan } from './scan.ts';
import { rowOfScan } from './scan-row.ts';
import { withSender } from './sender.ts';
import { SYNS } from './syn-flood.ts';
import { rowOfSynFlood } from './syn-flood-row.ts';

/** Namespaces with a book; the host has fewer rings. */
const MAX_BOOKS = 32;
/** Between settlings while something is to be settled. */
const SETTLE_MS = 40;
/** Between looks whether a scan has ended. */
const IDLE_MS = 1000;
/** What listens is asked at most this often. */
const PORTS_EVERY_MS = 200;
/** What is kept over days is written at most this often. */
const KEEP_EVERY_MS = 5 * 60_000;
const KEPT_NAME = 'slow-scans';
const PICTURES_NAME = 'scan-pictures';
const PAST_NAME = 'past-scanners';
/** A loss is a scan's doing when its last probe came at most so long before. */
const LOSS_AFTER_MS = 5_000;
const NO_PORTS: ReadonlySet<number> = new Set();
/** Sender of the drill "scan". */
const REHEARSER = '127.84.84.83';

interface Place {
  readonly namespace: number;
  readonly book: ScanBook;
  readonly outbound: OutboundBook;
  readonly reader: ScanReader;
  readonly hush: HushWatch;
  readonly topics: { readonly topic: Topic; row: ScanRow; shownMs: number }[];
  portsMs: number;
}

/** What a watch tells its listener. */
export interface ScanNews {
  opened(row: ScanRow, timeMs: number): void;
  stale(): void;
}

class ScanWatch {
  readonly #host: Host;
  readonly #door: PacketDoor;
  readonly #ignored: ReturnType<typeof parseNetworks>;
  readonly #places = new BoundedMap<number, Place>(MAX_BOOKS);
  #packets: Packets | undefined;
  #news: ScanNews | undefined;
  readonly #waker = new Waker();
  readonly #loss = new Loss();
  readonly #pictures = new Pictures();
  readonly #logins: LoginWatch;
  #named = 0;
  #settling = false;
  #asleep = false;
  #settledMs = -Infinity;
  #keptMs: number;
  #last: Place | undefined;
  #keepFailed = '';

  constructor(host: Host, door: PacketDoor) {
    this.#host = host;
    this.#logins = new LoginWatch(host);
    this.#door = door;
    this.#ignored = parseNetworks(door.settings.ignore);
    this.#keptMs = host.clock.monotonicMs();
    this.#pictures.load(door.kept.read(PICTURES_NAME));
  }

  get packets(): Packets | undefined {
    return this.#packets;
  }

  /** Packets lost that no scan explains. */
  get lost(): number {
    return this.#loss.unexplained;
  }

  get gaps(): readonly Gap[] {
    const failed = this.#keepFailed;
    const kept =
      failed === ''
        ? []
        : [{ what: 'slow scans', why: `cannot be kept over a restart: ${failed}`, reduced: true as const }];
    const beyond = this.#all().reduce((sum, { book }) => sum + book.overflow, 0);
    const many =
      beyond === 0 ? [] : [{ what: 'scans', why: `${beyond} more than are told at the same time were left out` }];
    return [...(this.#packets?.gaps ?? []), ...kept, ...many, ...(this.#host.senders?.gaps ?? [])];
  }

  /** Arms it; until `signal` aborts scans are told to `news`. */
  async listen(news: ScanNews, signal: AbortSignal): Promise<Packets> {
    this.#news = news;
    this.#packets = await this.#door.open(
      { packet: (packet) => this.take(packet), batch: () => this.#batch() },
      signal,
    );
    return this.#packets;
  }

  /** Settles what is ripe again and again, as long as something is not. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#host;
    while (!signal.aborted) {
      const busy = this.#all().some(({ book, outbound }) => book.busy || outbound.busy);
      this.#asleep = !busy;
      await this.#waker.wait(busy ? SETTLE_MS : IDLE_MS, signal, (ms, stop) => clock.sleep(ms, stop));
      await this.settle();
      this.#loss.count(this.#packets?.lost() ?? 0, clock.nowMs(), (packets) => this.#explains(packets));
      if (this.#all().some((place) => this.#hasEnded(place)) || this.#wantsLogins() || this.#isNamed())
        this.#news?.stale();
      if (clock.monotonicMs() - this.#keptMs >= KEEP_EVERY_MS) this.keep();
    }
    this.keep();
  }

  take(packet: HeardPacket): void {
    const place = this.#last?.namespace === packet.namespace ? this.#last : this.#placeOf(packet.namespace);
    this.#last = place;
    if (place.reader.take(packet) && place.hush.count(packet)) this.#packets?.hush(packet.namespace, place.hush.port);
  }

  /** Judges what is ripe, and tells. */
  async settle(): Promise<void> {
    const { clock } = this.#host;
    const nowMs = clock.nowMs();
    if (this.#settling || clock.monotonicMs() - this.#settledMs < SETTLE_MS / 2) return;
    this.#settling = true;
    this.#settledMs = clock.monotonicMs();
    try {
      for (const place of this.#all()) {
        this.#countHandshakes(place, nowMs);
        this.#tell(place, nowMs);
        if (!place.book.wantsPorts || clock.monotonicMs() - place.portsMs < PORTS_EVERY_MS) continue;
        await this.#askPorts(place);
        this.#tell(place, clock.nowMs());
      }
    } finally {
      this.#settling = false;
    }
  }

  /** Rows of all scans that go on. */
  rows(nowMs: number): ScanRow[] {
    const rows: ScanRow[] = [];
    for (const place of this.#all()) {
      for (const scan of this.#current(place, nowMs)) {
        const row = this.#rowOf(place, scan);
        if (!this.#isIgnored(row)) rows.push(withSender(this.#host, row));
      }
      rows.push(...this.#outboundRows(place, nowMs));
    }
    for (const row of this.#logins.rows) if (!this.#isIgnored(row)) rows.push(withSender(this.#host, row));
    return rows;
  }

  /** Before `rows`: who of those who scanned is logged in. */
  async lookAtLogins(signal: AbortSignal): Promise<void> {
    const own = this.#ownPlace();
    if (own === undefined) return;
    await this.#logins.look(own.book, this.#host.network.labelOf(own.namespace), signal);
  }

  /** A name came: the row that it belongs to must have it before the scan is over. */
  #isNamed(): boolean {
    const before = this.#named;
    this.#named = this.#host.senders?.named ?? 0;
    return this.#named !== before;
  }

  #wantsLogins(): boolean {
    const own = this.#ownPlace();
    return own !== undefined && this.#logins.wants(own.book, this.#host.clock.nowMs());
  }

  /** Those that go on; of one that is over the picture is kept. */
  #current(place: Place, nowMs: number): readonly Scan[] {
    const before = [...place.book.scans];
    const current = place.book.current(nowMs);
    for (const [id, scan] of before.length > current.length ? before : [])
      if (!place.book.scans.has(id)) this.#pictures.keep(this.#rowOf(place, scan), dotsOf(scan));
    return current;
  }

  /** For the picture: when which port was tried, of the scan that this row (or alert, when it is over) tells of. */
  dots(of: Row): ShownScan['dots'] {
    const kept = this.#pictures.of(of);
    if (kept !== undefined || of['over'] === true) return kept ?? [];
    for (const place of this.#all()) {
      if (this.#host.network.labelOf(place.namespace) !== of['namespace']) continue;
      for (const scan of place.book.scans.values()) {
        if (scan.form !== of['form'] || this.#rowOf(place, scan).source !== of['source']) continue;
        return dotsOf(scan);
      }
    }
    return [];
  }

  /** Writes what is kept over restarts, when it has changed. Only of our own namespace: the others come and go. */
  keep(): void {
    this.#keptMs = this.#host.clock.monotonicMs();
    if (this.#pictures.dirty) {
      this.#pictures.dirty = false;
      this.#keepFailed = this.#door.kept.write(PICTURES_NAME, this.#pictures.text());
    }
    const own = this.#ownPlace();
    const nowMs = this.#host.clock.nowMs();
    if (own?.book.returns.dirty === true) {
      own.book.returns.dirty = false;
      this.#keepFailed = this.#door.kept.write(PAST_NAME, own.book.returns.text(nowMs));
    }
    if (own?.book.slow.dirty !== true) return;
    own.book.slow.dirty = false;
    this.#keepFailed = this.#door.kept.write(KEPT_NAME, own.book.slow.text(nowMs));
  }

  /** The loop may be in a long sleep: what came in is to be judged soon. */
  #batch(): void {
    for (const { outbound, namespace } of this.#all())
      for (const topic of outbound.fresh()) topic.who ??= programOf(this.#host, namespace, topic);
    if (this.#asleep && this.#all().some(({ book, outbound }) => book.busy || outbound.busy)) this.#waker.wake();
  }

  #tell(place: Place, nowMs: number): void {
    for (const scan of place.book.settle(nowMs)) {
      const row = this.#rowOf(place, scan);
      if (!this.#isIgnored(row)) this.#news?.opened(withSender(this.#host, row), nowMs);
    }
    for (const topic of place.outbound.settle(nowMs)) void this.#tellTopic(place, topic);
  }

  #countHandshakes({ book, namespace }: Place, nowMs: number): void {
    if (!book.syns.wants(nowMs)) return;
    const counted = this.#packets?.handshakes(namespace);
    if (counted !== undefined) book.syns.counted(counted, nowMs);
  }

  #rowOf({ book, namespace }: Place, scan: Scan): ScanRow {
    if (scan.name === SYNS) return rowOfSynFlood(scan, this.#host.network.labelOf(namespace), book.syns.flood);
    const flood = scan.form === 'flood' ? book.flood.totals() : undefined;
    const row = rowOfScan(scan, this.#host.network.labelOf(namespace), {
      lastMs: book.lastMs(scan),
      nowMs: this.#host.clock.nowMs(),
      flood,
    });
    // Only loopback has such a sender, and of loopback only the rehearsal is heard.
    return row.source === REHEARSER ? { ...row, scannerPid: [...this.#host.own][0] ?? 0 } : row;
  }

  async #tellTopic(place: Place, topic: Topic): Promise<void> {
    const row = await rowOfTopic(this.#host, place.namespace, topic);
    if (row === undefined) return;
    const same = place.topics.find((other) => other.row.source === row.source);
    if (same !== undefined) return;
    place.topics.push({ topic, row, shownMs: 0 });
    this.#news?.opened(row, this.#host.clock.nowMs());
  }

  /** The scan that sent last is what filled the ring. */
  #explains(packets: number): boolean {
    let last: { readonly scan: Scan; readonly atMs: number } | undefined;
    for (const { book } of this.#all()) {
      for (const scan of book.scans.values()) {
        const atMs = book.lastMs(scan);
        if (last === undefined || atMs > last.atMs) last = { scan, atMs };
      }
    }
    if (last === undefined || this.#host.clock.nowMs() - last.atMs > LOSS_AFTER_MS) return false;
    last.scan.unseen += packets;
    return true;
  }

  #outboundRows(place: Place, nowMs: number): ScanRow[] {
    const { quietMs } = this.#door.settings;
    for (const entry of place.topics.slice()) {
      const { topic } = entry;
      entry.row = { ...entry.row, tried: topic.asked.size, probes: topic.probes, lastMs: Math.floor(topic.lastMs) };
      const whole = entry.shownMs === topic.lastMs;
      entry.shownMs = topic.lastMs;
      if (!whole || nowMs - topic.lastMs <= quietMs) continue;
      place.topics.splice(place.topics.indexOf(entry), 1);
      place.outbound.forget(topic);
    }
    return place.topics.map(({ row }) => row);
  }

  #hasEnded({ book, topics }: Place): boolean {
    const nowMs = this.#host.clock.nowMs();
    const { quietMs } = this.#door.settings;
    return book.quiet(nowMs) || topics.some(({ topic }) => nowMs - topic.lastMs > quietMs);
  }

  async #askPorts(place: Place): Promise<void> {
    const { clock } = this.#host;
    place.portsMs = clock.monotonicMs();
    const askedMs = clock.nowMs();
    const open = await this.#packets?.openPorts(place.namespace);
    if (open === undefined) return;
    const traps = this.#trapsOf(place.namespace);
    place.book.portsAre(traps.size === 0 ? open : { ...open, tcp: new Set(open.tcp).difference(traps) }, askedMs);
    place.hush.portsAre(open);
  }

  #isIgnored({ addresses, form }: ScanRow): boolean {
    if (form === 'flood' || form === 'outbound' || this.#ignored.length === 0) return false;
    return addresses.length > 0 && addresses.every((address) => isIgnored(this.#ignored, address));
  }

  #all(): Place[] {
    return [...this.#places.entries()].map(([, place]) => place);
  }

  #ownPlace(): Place | undefined {
    return this.#places.get(this.#host.network.namespaces('own')[0]?.inode ?? 0);
  }

  /** Traps wait in our own namespace alone. */
  #trapsOf(namespace: number): ReadonlySet<number> {
    return this.#isOwn(namespace) ? (this.#host.traps ?? NO_PORTS) : NO_PORTS;
  }

  #isOwn(namespace: number): boolean {
    return this.#host.network.namespaces('own')[0]?.inode === namespace;
  }

  #placeOf(namespace: number): Place {
    const known = this.#places.get(namespace);
    if (known !== undefined) return known;
    const book = new ScanBook(this.#door.settings);
    if (this.#isOwn(namespace)) {
      book.slow.load(this.#door.kept.read(KEPT_NAME), this.#host.clock.nowMs());
      book.returns.load(this.#door.kept.read(PAST_NAME), this.#host.clock.nowMs());
    }
    const outbound = new OutboundBook();
    const isOurs = (bytes: Uint8Array, at: number, length: 4 | 16): boolean =>
      this.#packets?.isOurs(namespace, bytes, at, length) === true;
    const ephemeral = this.#host.network.ephemeralPorts(namespace);
    const traps = this.#trapsOf(namespace);
    const reader = new ScanReader({ book, outbound, ephemeral, isOurs, isTrap: (port) => traps.has(port) });
    const place: Place = { namespace, book, outbound, reader, hush: new HushWatch(), topics: [], portsMs: -Infinity };
    this.#places.set(namespace, place);
    return place;
  }
}

/** Senders of a scan whose probes are shown. */
const SHOWN_SENDERS = 8;

function dotsOf({ sources }: Scan): ShownScan['dots'] {
  const recent = sources.slice(0, SHOWN_SENDERS).flatMap((source) => source.track.marks);
  const firstMs = recent.reduce((first, { atMs }) => Math.min(first, atMs), Infinity);
  return recent
    .map(({ atMs, place }) => [Math.round(atMs - firstMs), laneOf(place), place & 0xffff] as const)
    .sort((a, b) => a[0] - b[0]);
}

function laneOf(place: number): number {
  const protocol = place >> 16;
  return protocol === 6 ? 0 : protocol === 17 ? 1 : 2;
}

const watches = new WeakMap<Host, ScanWatch>();

/** The watch of this host; undefined where packets cannot be heard or shall not be. */
export function scanWatchOf(host: Host): ScanWatch | undefined {
  if (host.packets === undefined) return undefined;
  const watch = watches.get(host) ?? new ScanWatch(host, host.packets);
  watches.set(host, watch);
  return watch;
}
