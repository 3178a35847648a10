/** What the watch is made of, and what it offers: the contract between the engine and the composition root. */

import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import type { Notifier, Words } from '#model/notifier.ts';
import type { Listener, Look, Rule, Sensor } from '#model/sensor.ts';
import type { ChannelSettings } from '#model/settings.ts';
import type { Store } from '#model/store.ts';
import type { Row, Table } from '#model/table.ts';
import type { Asker, Desk, Pushed, SensorStatus, ShownScan } from '#model/verbs.ts';
import type { AnswerParts } from './responding.ts';

/** Everything the watch is put together from; nothing is known by name. */
export interface WatchParts {
  readonly host: Host;
  readonly store: Store;
  readonly sensors: readonly Sensor[];
  readonly listeners: readonly Listener[];
  readonly rules: readonly Rule[];
  readonly channels: readonly { readonly settings: ChannelSettings; readonly notifier: Notifier }[];
  readonly words: Words;
  readonly version: string;
  /** Digest of the program: another one over the same record is an upgrade. */
  readonly build?: string;
  /** Tables that are only looked up when asked for: never compared, never in the baseline. */
  readonly lookups?: readonly {
    readonly table: Table;
    look(host: Host, signal: AbortSignal): Promise<Look>;
  }[];
  /** Newest probes of the scan of a row of table `scans`: see `ShownScan.dots`. */
  dotsOf?(host: Host, row: Row): ShownScan['dots'];
  /** How attacks are answered; without it nothing is. */
  readonly answers?: AnswerParts;
  /** How long closed alerts and the chain are kept; default 400 days. */
  readonly keepMs?: number;
}

/** The running watch. */
export interface Watch extends AsyncDisposable {
  /**
   * Arms the listeners, looks, learns where there is no baseline, and resolves when all of that is stored: from here
   * on the smallest change alerts. Runs until `signal` is aborted; call at most once.
   */
  start(signal: AbortSignal): Promise<{ readonly sensors: readonly SensorStatus[]; readonly blind: readonly Gap[] }>;
  /** Answers verbs for one asker, also without `start` (then it looks itself when it must). */
  desk(asker: Asker): Desk;
  /** Calls back for each alert that opens or changes and each look; returns the way to stop. */
  follow(onPushed: (pushed: Pushed) => void): () => void;
  /** Resolves when the watch has stopped; rejects when an error in our own program stopped it: then end the process. */
  readonly ended: Promise<void>;
  /** A trouble of a part of ours beside the watch, told as an alert; `title` "" when it is over. */
  report(trouble: { readonly rule: 'rotation-failed'; readonly subject: string; readonly title: string }): void;
  /** Where the page answers ("http://127.0.0.1:7777"), or why it does not; "" when there is none. */
  webAt(address: string): void;
}
