/** The running watch as its parts see it: what the desk answers from and the housekeeping looks after. */

import type { Answers } from './answers.ts';
import type { ChannelLoop } from './channel-loop.ts';
import type { Ledger } from './ledger.ts';
import type { Ear } from './listening.ts';
import type { Losses } from './losses.ts';
import type { SensorWatch } from './sensor-watch.ts';

/** What the desk and the housekeeping see of the running watch. */
export interface Running {
  readonly ledger: Ledger;
  readonly sensors: readonly SensorWatch[];
  readonly channels: readonly ChannelLoop[];
  readonly ears: readonly Ear[];
  readonly losses: Losses;
  readonly answers: Answers;
  /** 0 while nothing watches in this process. */
  startedMs: number;
  web: string;
  readonly signal: AbortSignal;
}
