/** A scan that was told and goes on. */

import type { SourceKey } from './address.ts';
import type { Group } from './groups.ts';
import type { Source } from './source.ts';

/** A scan as it is told; its row is made of it. */
export interface Scan {
  readonly form: 'scan' | 'decoys' | 'distributed' | 'flood' | 'return';
  /** The source's address, its /64, or the group's name. */
  readonly name: SourceKey;
  readonly sources: Source[];
  readonly group: Group | undefined;
  /** Collected over days. */
  readonly slow: boolean;
  readonly openedMs: number;
  /** Packets that the ring had no room for while it went on. */
  unseen: number;
  /** Last probe as it was when a look showed it. */
  shownMs: number;
}
