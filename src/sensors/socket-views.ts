/**
 * Two views of TCP listeners, held against each other: what kernel events told, and what looks show. Neither is believed
 * against the other at once; what stays apart is for the table `disagreements`. See docs/decisions/0190-two-views.md.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { blindOf, type Gap } from '#model/gap.ts';
import type { KernelEvents, RawSocket, SocketHost } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import type { SocketRow } from './socket-table.ts';

/** Listeners remembered as told; beyond it the one told first is forgotten, and no look can then disagree about it. */
const MAX_TOLD = 4096;
/** Ports of which a beginning was told, with the time. */
const MAX_PORTS = 8192;
/** Listeners that wait for their event; more at once is a flood, not a lie. */
const MAX_WAITING = 256;
/** Looks that must miss a listener before it is asked about. */
const PATIENT_LOOKS = 2;
/** A dump that changes while it is read may leave one out: an inode counts as known for this many looks. */
const REMEMBERED_LOOKS = 8;
/** An event may be this late. */
const LATE_MS = 15_000;
/** When nothing at all was heard for this long, nothing is on its way. */
const QUIET_MS = 5000;

/** What makes a place of a listener, in a row and in an event. */
const PLACE = ['namespace', 'family', 'address', 'port'];
type Place = Pick<SocketRow, 'namespace' | 'family' | 'address' | 'port'>;

interface Told {
  readonly row: SocketRow;
  /** Sockets that began here less those that ended. */
  count: number;
  /** When it was taken in: epoch and monotonic. */
  readonly timeMs: number;
  readonly atMs: number;
  /** Looks in a row that did not show it. */
  missed: number;
}

interface Waiting {
  readonly row: SocketRow;
  /** When the look before it began: what was told before that time is another one. */
  readonly afterMs: number;
  readonly foundMs: number;
  readonly foundAtMs: number;
}

interface LastLook {
  readonly beganMs: number;
  readonly namespaces: ReadonlySet<number>;
  readonly whole: boolean;
}

/** A listener about which the views differ. */
export interface Differing {
  readonly row: SocketRow;
  /** When the event told it, or the look found it; epoch milliseconds. */
  readonly sinceMs: number;
}

/** One look under way. */
export interface ComparedLook {
  /** Every socket that became a row; the order does not matter. */
  saw(socket: RawSocket, row: SocketRow): void;
  end(gaps: readonly Gap[]): void;
}

export class SocketViews {
  readonly #host: SocketHost;
  #events: Pick<KernelEvents, 'lost'> | undefined;
  #armedMs = 0;
  #lost = 0;
  #heardMs = 0;
  #heardUntilMs = 0;
  #looks = 0;
  #last: LastLook | undefined;
  /** Inode → number of the look that last showed it. */
  #known = new Map<number, number>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #untold = new Map<number, Differing>();
  #told = new BoundedMap<string, Told>(MAX_TOLD);
  readonly #ports = new BoundedMap<number, number>(MAX_PORTS);

  constructor(host: SocketHost) {
    this.#host = host;
  }

  /** Events are heard from now on; only a source that tells of every listener can be held against a look. */
  arm(events: Pick<KernelEvents, 'lost' | 'tellsListen'>): void {
    this.#forget();
    this.#events = events.tellsListen === true ? events : undefined;
    this.#lost = events.lost();
    this.#armedMs = this.#host.clock.monotonicMs();
  }

  disarm(): void {
    this.#events = undefined;
    this.#forget();
  }

  /** Events up to this time have been taken in. */
  heardUntil(timeMs: number): void {
    this.#heardUntilMs = Math.max(this.#heardUntilMs, timeMs);
    this.#heardMs = this.#host.clock.monotonicMs();
  }

  /** A TCP socket began to listen; `port` as the kernel told it. */
  opened(row: SocketRow, port: number): void {
    const nowMs = this.#host.clock.monotonicMs();
    this.#ports.set(port, nowMs);
    // The kernel chooses a port after it has told (inet_csk_listen_start): the look shows another one.
    if (this.#events === undefined || row.port === 0) return;
    const key = keyOf(row, PLACE);
    const count = (this.#told.get(key)?.count ?? 0) + 1;
    this.#told.set(key, { row, count, timeMs: this.#host.clock.nowMs(), atMs: nowMs, missed: 0 });
  }

  closed(place: Place): void {
    const key = keyOf(place, PLACE);
    const told = this.#told.get(key);
    if (told !== undefined && told.count > 1) told.count -= 1;
    else this.#told.delete(key);
  }

  /** Something began or ended at this port, and it was not told where: of it no view can be held against the other. */
  unclear(port: number): void {
    this.#ports.set(port, this.#host.clock.monotonicMs());
    for (const [key, { row }] of this.#told.entries()) if (row.port === port) this.#told.delete(key);
  }

  /** Told to have begun, not told to have ended, and its process is still the same one: a look alone cannot deny it. */
  vouches(row: SocketRow): boolean {
    if (this.#events === undefined || this.#events.lost() !== this.#lost) return false;
    return this.#told.has(keyOf(row, PLACE)) && this.#lives(row);
  }

  /** Undefined where no events are heard. */
  beginLook(): ComparedLook | undefined {
    const events = this.#events;
    if (events === undefined) return undefined;
    if (events.lost() !== this.#lost) this.#forget();
    this.#lost = events.lost();
    this.#looks += 1;
    const beganMs = this.#host.clock.monotonicMs();
    const namespaces = new Set<number>();
    const shown = new Set<string>();
    const fresh = new Map<number, { socket: RawSocket; row: SocketRow }>();
    return {
      saw: (socket, row) => {
        namespaces.add(socket.namespace);
        if (socket.protocol !== 'tcp' || socket.inode === 0) return;
        shown.add(`${socket.family} ${socket.localPort}`);
        if (!this.#known.has(socket.inode)) fresh.set(socket.inode, { socket, row });
        this.#known.set(socket.inode, this.#looks);
      },
      end: (gaps) => {
        const whole = blindOf(gaps).length === 0;
        for (const [inode, look] of this.#known) if (look <= this.#looks - REMEMBERED_LOOKS) this.#known.delete(inode);
        for (const { socket, row } of fresh.values()) if (whole) this.#await(socket, row);
        this.#settle();
        if (whole) this.#missed(shown, beganMs);
        this.#last = { beganMs, namespaces, whole };
      },
    };
  }

  /** Told to stand, and missing in look after look. */
  suspects(): Differing[] {
    const found: Differing[] = [];
    for (const [, { row, missed, timeMs }] of this.#told.entries())
      if (missed >= PATIENT_LOOKS && this.vouches(row)) found.push({ row, sinceMs: timeMs });
    return found;
  }

  /** It has ended after all. */
  drop(row: SocketRow): void {
    this.#told.delete(keyOf(row, PLACE));
  }

  /** Listeners that stand, and of whose beginning no event told. */
  untold(): Differing[] {
    return [...this.#untold.values()];
  }

  /** Only where the look before would have shown it, and the event of it could have been placed. */
  #await(socket: RawSocket, row: SocketRow): void {
    const { clock, own, processes } = this.#host;
    const last = this.#last;
    if (last === undefined || !last.whole || last.beganMs < this.#armedMs) return;
    if (!last.namespaces.has(socket.namespace) || this.#waiting.size >= MAX_WAITING) return;
    // A process that opens a door in a namespace not its own (a container engine) is told with the wrong one.
    if (own.has(row.pid) || processes.get(row.pid)?.namespace !== socket.namespace) return;
    const found = { foundMs: clock.monotonicMs(), foundAtMs: clock.nowMs() };
    this.#waiting.set(socket.inode, { row, afterMs: last.beganMs, ...found });
  }

  #settle(): void {
    const nowMs = this.#host.clock.monotonicMs();
    for (const inode of this.#untold.keys()) if (this.#known.get(inode) !== this.#looks) this.#untold.delete(inode);
    for (const [inode, { row, afterMs, foundMs, foundAtMs }] of this.#waiting) {
      const told = Math.max(this.#ports.get(row.port) ?? -1, this.#ports.get(0) ?? -1) >= afterMs - LATE_MS;
      if (told || this.#known.get(inode) !== this.#looks) this.#waiting.delete(inode);
      else if (nowMs - foundMs >= LATE_MS && (this.#heardUntilMs > foundAtMs || nowMs - this.#heardMs > QUIET_MS)) {
        this.#waiting.delete(inode);
        this.#untold.set(inode, { row, sinceMs: foundAtMs });
      }
    }
  }

  #missed(shown: ReadonlySet<string>, beganMs: number): void {
    for (const [, told] of this.#told.entries()) {
      if (told.atMs >= beganMs) continue;
      told.missed = shown.has(`${told.row.family} ${told.row.port}`) ? 0 : told.missed + 1;
    }
  }

  #lives(row: SocketRow): boolean {
    const { kernel, files, processes } = this.#host;
    if (row.pid === 0 || processes.get(row.pid)?.startedMs !== row.startedMs) return false;
    if (!('error' in files.stat(`/proc/${row.pid}`))) return true;
    // Whoever hides a listener may hide its process as well; the kernel still answers to its number.
    return (kernel?.processesAmong(row.pid, 1, () => false).length ?? 0) > 0;
  }

  #forget(): void {
    this.#told = new BoundedMap(MAX_TOLD);
    this.#waiting.clear();
    this.#last = undefined;
  }
}

const views = new WeakMap<SocketHost, SocketViews>();

/** The views of a host; the sensor, the listener and `disagreements` share them. */
export function viewsOf(host: SocketHost): SocketViews {
  const known = views.get(host);
  if (known !== undefined) return known;
  const made = new SocketViews(host);
  views.set(host, made);
  return made;
}
