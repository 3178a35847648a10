/** One line on a terminal that says how far a long work is; nothing at all where nobody looks. */

import { formatBytesSize } from '#lib/bytes-size.ts';
import { formatDuration } from '#lib/duration.ts';
import { visible } from '#lib/escape.ts';

interface Line {
  readonly fd: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly nowMs: () => number;
}

/** Shows progress of files on a terminal: bytes, rate and time left. `end` takes the line away. */
export function progressLine({ fd, nowMs }: Line): {
  readonly tell: (path: string, doneBytes: number, allBytes: number) => void;
  readonly end: () => void;
} {
  const begun = new Map<string, { readonly atMs: number; readonly bytes: number }>();
  let shown = false;
  return {
    tell(path, doneBytes, allBytes) {
      if (fd.isTTY !== true) return;
      const first = begun.get(path) ?? { atMs: nowMs(), bytes: doneBytes };
      begun.set(path, first);
      const seconds = (nowMs() - first.atMs) / 1000;
      const rate = seconds > 0 ? (doneBytes - first.bytes) / seconds : 0;
      const leftMs = Math.max(1000, ((allBytes - doneBytes) / rate) * 1000);
      const left = rate > 0 ? `, ${formatBytesSize(rate)}/s, ${formatDuration(leftMs)} left` : '';
      const text = `compressing ${visible(path)}: ${formatBytesSize(doneBytes)} of ${formatBytesSize(allBytes)}${left}`;
      fd.write(`\r\u001b[K${text.slice(0, (fd.columns ?? 80) - 1)}`);
      shown = true;
    },
    end() {
      if (shown) fd.write('\r\u001b[K');
      shown = false;
    },
  };
}
