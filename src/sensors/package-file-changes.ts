/** Hears of changes to files of packages and checks each at once; keeps the walk over all files going. */

import type { FileEvent, FileEvents, Host } from '#model/host.ts';
import { isFailure } from '#model/host.ts';
import type { IntegrityDoor } from '#model/integrity.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { type FileWalk, walkOf } from './file-walk.ts';
import { isDpkgs } from './files-memory.ts';
import { checkShipped, checkUnmet, checkUnshipped, dropUnshipped, isForPackages } from './package-check.ts';
import { readPackageLists } from './package-lists.ts';

const TABLE = 'package-files';
const PLACES = ['/usr', '/boot', '/opt', '/bin', '/sbin', '/lib', '/lib64'];
/** What dpkg does is checked when it has been quiet this long: it writes its lists last. */
const QUIET_MS = 1500;
/** Paths that wait for that; beyond it a walk over everything is due. */
const MAX_WAITING = 10_000;
/** A fault of the walk (the machine refuses something) is tried again after this. */
const AGAIN_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** What is looked at first leaves the processor to the start. */
const START_MS = 4000;
/** Local hour in which everything is read again. */
const NIGHT_HOUR = 3;

/** Yields "look again" when a verdict may have changed. */
const packageFileChanges: Listener = {
  name: 'package-file-changes',
  doc: 'Changes of files that packages ship, and programs that appear among them.',
  table: TABLE,
  async listen(host, signal) {
    const events = await host.fileEvents({ paths: () => PLACES }, signal);
    const walk = walkOf(host);
    const door = host.integrity;
    return {
      events:
        walk === undefined || door === undefined ? nothing(events) : new Ears(host, door, walk).hear(events, signal),
      lost: () => events.lost(),
      by: events.by,
      gaps: events.gaps,
      [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
    };
  },
};

export default packageFileChanges;

async function* nothing(events: FileEvents): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of events.batches) if (batch.length === 0) yield [];
}

class Ears {
  readonly #host: Host;
  readonly #door: IntegrityDoor;
  readonly #walk: FileWalk;
  /** Touched by a package run, and checked after it. */
  readonly #waiting = new Set<string>();
  #quietMs = Number.POSITIVE_INFINITY;
  /** When what matters most is looked at; Infinity when it was. */
  #glanceMs: number;
  #walkMs: number;

  constructor(host: Host, door: IntegrityDoor, walk: FileWalk) {
    this.#host = host;
    this.#door = door;
    this.#walk = walk;
    this.#glanceMs = host.clock.monotonicMs() + START_MS;
    this.#walkMs = this.#glanceMs + door.settings.walkAfterMs;
  }

  async *hear(events: FileEvents, signal: AbortSignal): AsyncGenerator<readonly SensorEvent[]> {
    const { clock } = this.#host;
    const batches = events.batches[Symbol.asyncIterator]();
    let next = batches.next();
    let walking = this.#keepWalking(signal);
    for (;;) {
      const stop = new AbortController();
      const waitMs = Math.min(this.#quietMs - clock.monotonicMs(), DAY_MS);
      const quiet = clock.sleep(Math.max(0, waitMs), stop.signal).then(() => 'quiet' as const);
      // A walk that fails must not leave a timer behind: the daemon would not end before the next day.
      const got = await Promise.race([next, quiet, walking]).finally(() => stop.abort('over'));
      if (got === 'walked') walking = this.#keepWalking(signal);
      if (typeof got === 'string') {
        if (got === 'quiet') await this.#afterRun();
        if (signal.aborted) return;
        yield [this.#stale()];
        continue;
      }
      if (got.done === true) return;
      next = batches.next();
      // What was lost may be anything.
      if (got.value.length === 0) this.#walkMs = 0;
      const changed = await this.#take(got.value);
      yield changed || got.value.length === 0 ? [this.#stale()] : [];
    }
  }

  /** What comes next: a first glance after the start, a walk a while later, then every night, and after a loss. */
  async #keepWalking(signal: AbortSignal): Promise<'walked'> {
    const { clock } = this.#host;
    if (this.#walk.when !== 'background') return await new Promise<'walked'>(() => undefined);
    const dueMs = (): number => Math.min(this.#glanceMs, this.#walkMs);
    while (!signal.aborted && clock.monotonicMs() < dueMs()) await clock.sleep(1000, signal);
    return await (this.#glanceMs < this.#walkMs ? this.#glance(signal) : this.#walkAll(signal));
  }

  async #glance(signal: AbortSignal): Promise<'walked'> {
    this.#glanceMs = Number.POSITIVE_INFINITY;
    if (!signal.aborted) await this.#walk.glance(signal);
    return 'walked';
  }

  async #walkAll(signal: AbortSignal): Promise<'walked'> {
    const { clock } = this.#host;
    const nowMs = clock.nowMs();
    this.#glanceMs = Number.POSITIVE_INFINITY;
    const full = this.#walk.fullMs === 0 || nowMs - this.#walk.fullMs > DAY_MS / 2;
    try {
      if (!signal.aborted) await this.#walk.run(signal, full && this.#walk.everFinished);
      this.#walkMs = clock.monotonicMs() + untilNight(nowMs);
    } catch (error) {
      if (signal.aborted) return 'walked';
      this.#walkMs = clock.monotonicMs() + AGAIN_MS;
      throw error;
    }
    return 'walked';
  }

  async #take(batch: readonly FileEvent[]): Promise<boolean> {
    let changed = false;
    const seen = new Set<string>();
    for (const event of batch) {
      if (seen.has(event.path)) continue;
      seen.add(event.path);
      this.#walk.heard(event);
      if (event.directory) this.#walkSoon(event);
      else if (this.#concerns(event.path)) changed = (await this.#hearOf(event)) || changed;
    }
    if (changed) this.#door.index.flush();
    return changed;
  }

  #concerns(path: string): boolean {
    const { folder, name } = placeOf(path);
    return isForPackages(folder) || this.#door.index.file(folder, name) !== undefined;
  }

  async #hearOf(event: FileEvent): Promise<boolean> {
    if (!this.#isRun(event)) return await this.#check(event.path);
    this.#wait(event.path);
    return false;
  }

  /** True when there is another verdict than before, or its content is another. */
  async #check(path: string): Promise<boolean> {
    const { index, deep } = this.#door;
    const { soon } = this.#walk;
    const { folder, name } = placeOf(path);
    const file = index.file(folder, name);
    const stat = deep.stat(path);
    if (file !== undefined && file.list !== '') {
      if (isFailure(stat)) await checkUnmet(soon, folder, file, false);
      else await checkShipped(soon, { folder, file, stat }, false);
    } else if (!isFailure(stat)) await checkUnshipped(soon, { folder, name, stat }, file);
    else if (file !== undefined) dropUnshipped(index, folder, file);
    return index.file(folder, name)?.verdict !== file?.verdict;
  }

  /** dpkg's own doing, or somebody's who cannot be told while a package run goes on. */
  #isRun({ path }: FileEvent): boolean {
    const writer = this.#host.writerOf(path);
    if (writer !== undefined && !isDpkgs(writer)) return false;
    return writer !== undefined || this.#host.packages.run()?.endedMs === 0;
  }

  #wait(path: string): void {
    this.#quietMs = this.#host.clock.monotonicMs() + QUIET_MS;
    if (this.#waiting.size < MAX_WAITING) this.#waiting.add(path);
    else this.#walkMs = 0;
  }

  /** A folder that goes or comes with all that is in it tells of itself only. */
  #walkSoon({ path, kind }: FileEvent): void {
    if (kind === 'attributes' || kind === 'created') return;
    if (this.#door.index.hasBelow(path)) this.#walkMs = 0;
  }

  async #afterRun(): Promise<void> {
    const { clock, packages } = this.#host;
    if (packages.run()?.endedMs === 0) {
      this.#quietMs = clock.monotonicMs() + QUIET_MS;
      return;
    }
    this.#quietMs = Number.POSITIVE_INFINITY;
    const paths = [...this.#waiting];
    this.#waiting.clear();
    await readPackageLists(this.#host, this.#door.index, this.#walk.soon.rest);
    for (const path of paths) {
      await this.#check(path);
      await this.#walk.soon.rest();
    }
    this.#door.index.flush();
  }

  #stale(): SensorEvent {
    return { timeMs: this.#host.clock.nowMs(), kind: 'stale', table: TABLE };
  }
}

function placeOf(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash) || '/', name: path.slice(slash + 1) };
}

/** Milliseconds to the next night's walk. */
function untilNight(nowMs: number): number {
  const night = new Date(nowMs);
  night.setHours(NIGHT_HOUR, 17, 0, 0);
  const inMs = night.getTime() - nowMs;
  return inMs > DAY_MS / 24 ? inMs : inMs + DAY_MS;
}
