/** After a flood: whoever was only seen in it says nothing, for senders can be forged. */

import type { AgingMap } from '#lib/aging-map.ts';
import type { SourceKey } from './address.ts';
import type { Probe, Source } from './source.ts';

/** Those of whom something is known. */
interface Known {
  readonly newcomers: AgingMap<SourceKey, Probe>;
  readonly sources: AgingMap<SourceKey, Source>;
  readonly hot: Set<Source>;
}

/** Forgets all that were not heard of since `untilMs`, but for those who proved themselves. */
export function forgetSeenUntil(untilMs: number, { newcomers, sources, hot }: Known): void {
  for (const [key, { timeMs }] of newcomers.entries()) if (timeMs <= untilMs) newcomers.delete(key);
  for (const [key, source] of sources.entries()) {
    if (source.lastMs > untilMs || source.confirmed) continue;
    sources.delete(key);
    hot.delete(source);
  }
}
