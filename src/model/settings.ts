/** The settings, as every part reads them. The schema with words and defaults is in src/config/schema.ts. */

import type { Severity } from './finding.ts';
import type { FileSettings } from './integrity.ts';
import type { OutsideCheck } from './outside.ts';
import type { ScanSettings } from './packets.ts';
import type { AnswerSettings } from './responder.ts';
import type { SenderSettings } from './senders.ts';
import type { TrapSettings } from './traps.ts';

export interface ChannelSettings {
  readonly type: string;
  readonly name: string;
  readonly minSeverity: Severity;
  /** For channels of people: more than this many an hour are summed up. */
  readonly maxPerHour: number;
  /** What the notifier's own schema made of the rest. */
  readonly own: unknown;
}

/** The daemon as logrotate: looks every minute, so that a disk does not fill between two runs of cron. */
export interface RotateSettings {
  /** Configurations of logrotate, absolute. */
  readonly configs: readonly string[];
  /** State file of logrotate. */
  readonly state: string;
  /** A log that would fill its disk within this time at its present rate is rotated early; 0: never. */
  readonly fullInMs: number;
}

export interface Settings {
  /** The file that they were read from; undefined when there is none. */
  readonly file?: string;
  readonly stateDir: string;
  /** "none", "HOST:PORT" or "unix:/path". */
  readonly web: { readonly listen: string };
  readonly notifiers: readonly ChannelSettings[];
  readonly watch: { readonly namespaces: 'all' | 'own' | 'auto' };
  /** How long closed alerts and events are kept; milliseconds. */
  readonly keepMs: number;
  /** `baseline compare` and `lsm -c` mail what differs. */
  readonly compare: { readonly mail: boolean };
  /** Logs that the daemon rotates itself; nothing when `configs` is empty. */
  readonly rotate: RotateSettings;
  /** Whether and how attacks are answered. No responder in the list: nftables. */
  readonly answers: AnswerSettings;
  /** Whether scans are watched for, and how they are judged. */
  readonly scans: ScanSettings & SenderSettings & { readonly watch: boolean };
  /** Ports held open for scanners. */
  readonly traps: TrapSettings;
  /** Which files are watched beside the usual ones, and which are not. */
  readonly files: FileSettings;
  /** Programs of the administrator's that are run and told of. */
  readonly checks: readonly OutsideCheck[];
}
