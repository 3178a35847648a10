/** The watch watches its own evidence: the store, the room on its disk, and the clock over a stop. See docs/rules/. */

import { formatBytesSize } from '#lib/bytes-size.ts';
import { formatDuration } from '#lib/duration.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { isFailure } from '#model/host.ts';
import type { Ledger } from './ledger.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import type { Turn } from './turn.ts';

const hourMs = 3_600_000;
/** The whole chain is read again each night, first an hour after the start. */
const verifyEveryMs = 24 * hourMs;
/** The newest record is noted beside the store this often, and when the watch stops. */
const noteEveryMs = 10 * 60_000;
/** Less room than this on the disk of the state directory is told; it ends with half as much again. */
const littleRoomBytes = 256 << 20;
const noRoomBytes = 32 << 20;
/** A wall clock that is this far before the newest record was set back while nobody watched. */
const backMs = 2_000;

export class SelfKeeping {
  readonly #ledger: Ledger;
  #verifyAtMs: number;
  #noteAtMs = -Infinity;
  #verifying = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#verifyAtMs = ledger.parts.host.clock.monotonicMs() + hourMs;
  }

  /** At the start, before anything new is noted. `lastRecordMs`: time of the newest record before, 0 for none. */
  begin(lastRecordMs: number, turn: Turn): void {
    const { store } = this.#ledger;
    const strayed = store.guard?.strayed() ?? '';
    if (strayed !== '') this.#edited(`The store was changed while the watch did not run: ${strayed}`, strayed, turn);
    const movedMs = turn.nowMs - lastRecordMs;
    if (lastRecordMs === 0 || movedMs > -backMs) return;
    const title = `The clock of this host is ${formatDuration(-movedMs)} before the newest record: it was set back while the watch did not run`;
    raiseTrouble(
      this.#ledger,
      { rule: 'clock-stepped', subject: 'clock', title, facts: { movedMs }, over: true, severity: 'medium' },
      turn,
    );
  }

  /** Each minute. */
  minute(turn: Turn, signal: AbortSignal): void {
    const { store, parts } = this.#ledger;
    const nowMs = parts.host.clock.monotonicMs();
    const meddled = store.guard?.meddled() ?? '';
    if (meddled !== '') this.#edited(`The store was changed behind the back of the watch: ${meddled}`, meddled, turn);
    this.#checkRoom(turn);
    if (nowMs - this.#noteAtMs >= noteEveryMs) {
      this.#noteAtMs = nowMs;
      this.note();
    }
    if (nowMs >= this.#verifyAtMs && !this.#verifying) {
      this.#verifyAtMs = nowMs + verifyEveryMs;
      void this.#verify(signal);
    }
  }

  /** A disk that refuses it refuses the records as well, and that is told as store-trouble. */
  note(): void {
    const { store, parts } = this.#ledger;
    if (store.trouble() === '') store.guard?.note(parts.host.clock.nowMs());
  }

  async #verify(signal: AbortSignal): Promise<void> {
    const { store } = this.#ledger;
    if (store.guard === undefined || store.trouble() !== '') return;
    this.#verifying = true;
    const result = await store.verify(signal).catch((error: unknown) => error as Error);
    this.#verifying = false;
    if (signal.aborted) return;
    const broken = result instanceof Error ? `it cannot be read: ${result.message}` : result.broken?.why;
    if (broken === undefined) return;
    const turn = this.#ledger.turn();
    const at = result instanceof Error ? '' : ` at record ${result.broken?.seq ?? 0}`;
    this.#edited(`The record of the watch is not whole${at}: ${broken}`, broken, turn);
    await this.#ledger.commit(turn);
  }

  #edited(title: string, what: string, turn: Turn): void {
    raiseTrouble(this.#ledger, { rule: 'store-edited', subject: 'store', title, facts: { what } }, turn);
  }

  #checkRoom(turn: Turn): void {
    const { store, parts, alerts } = this.#ledger;
    const space = store.guard === undefined ? undefined : parts.host.kernel?.space(store.stateDir);
    if (space === undefined || isFailure(space)) return;
    const subject = 'state directory';
    const open = alerts.isOpenSelf('state-disk-filling', subject);
    const words = 'there is room again';
    // A small disk of its own for the state is no trouble while it is mostly empty.
    const littleBytes = Math.min(littleRoomBytes, space.totalBytes / 10);
    if (open && space.freeBytes > littleBytes * 1.5)
      endTrouble(this.#ledger, { rule: 'state-disk-filling', subject, words }, turn);
    if (open || space.freeBytes > littleBytes) return;
    raiseTrouble(
      this.#ledger,
      {
        rule: 'state-disk-filling',
        subject,
        severity: space.freeBytes < noRoomBytes ? 'high' : 'medium',
        title: `Only ${formatBytesSize(space.freeBytes)} are left for what the watch records`,
        facts: { freeBytes: space.freeBytes, totalBytes: space.totalBytes, path: store.stateDir },
        next: `df -h ${shellQuote(store.stateDir)}; du -xh --max-depth=2 / | sort -h | tail -20`,
      },
      turn,
    );
  }
}
