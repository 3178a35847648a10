/**
 * Empties a log that others write to, where the file system cannot collapse it: the copy is brought up to the end, the
 * last page is held (host/tail-page.ts), the file is truncated, and what came into the page meanwhile joins the copy.
 * Only a write that runs out of that page in that instant is lost, and then it is counted.
 */

import type * as TailPage from '#host/tail-page.ts';
import { copyFrom } from './copy-bytes.ts';
import { close, fstat, open, sync, writeAll } from './files.ts';
import type { OpenFile } from './holders.ts';

/** Long enough for a busy writer to come to the beginning of a page; one that is slower does not write just now. */
const PATIENCE_MS = 20;

/** `lostBytes` is undefined when something was lost and nobody can tell how much. */
export type Cut =
  | { readonly bytes: number; readonly lostBytes: number | undefined }
  | { readonly failed: string }
  | { readonly cannot: true };

interface Cutting {
  readonly to: string;
  readonly fd: number;
  /** The copy has this much of the log already. */
  readonly bytes: number;
  readonly holders: readonly OpenFile[] | undefined;
}

/** `cannot`: this kernel or file system cannot hold the page; the log is as it was. */
export function cutTail({ to, fd, bytes, holders }: Cutting, host: typeof TailPage): Cut {
  const out = open(to, 'change');
  if ('failed' in out) return { failed: out.failed.words };
  const writers = (holders ?? []).flatMap((path) => {
    const writer = open(path, 'read');
    return 'failed' in writer ? [] : [writer.value];
  });
  const cutting: Open = { fd, out: out.value, writers, host };
  try {
    const until = performance.now() + PATIENCE_MS;
    for (let at = bytes; ; ) {
      const end = catchUp(cutting, at);
      if ('failed' in end) return end;
      at = end.value;
      const late = performance.now() > until;
      if (!late && !hasRoom(at, host.pageBytes)) continue;
      const cut = host.urgently(() => cutNow(cutting, at, late));
      if (cut === undefined) continue;
      // The truncation becomes lasting with this, or later: not before what was read behind the first sync.
      sync(out.value);
      return cut;
    }
  } finally {
    for (const open of [...writers, out.value]) close(open);
  }
}

interface Open {
  readonly fd: number;
  readonly out: number;
  readonly writers: readonly number[];
  readonly host: typeof TailPage;
}

function catchUp({ fd, out }: Open, at: number): { value: number } | { failed: string } {
  return fstat(fd).size > at ? copyFrom(fd, out, at) : { value: at };
}

/** A quarter of a page is more than a line: what is written in the next microseconds finds room. */
function hasRoom(at: number, pageBytes: number): boolean {
  const inPage = at % pageBytes;
  return inPage > 0 && inPage <= (pageBytes * 3) / 4;
}

/** undefined: the writer was faster, try again; but not when it is `late`. */
function cutNow(cutting: Open, from: number, late: boolean): Cut | undefined {
  const { fd, out, writers, host } = cutting;
  const end = catchUp(cutting, from);
  if ('failed' in end) return end;
  const at = end.value;
  if (!late && !hasRoom(at, host.pageBytes)) return undefined;
  const page = host.holdTail(fd, at);
  if ('error' in page) return { cannot: true };
  using held = page;
  const pageEnd = at - (at % host.pageBytes) + host.pageBytes;
  if (!late && fstat(fd).size >= pageEnd) return undefined;
  const tail = held.cut(writers);
  if ('error' in tail) return { failed: tail.error };
  const written = writeAll(out, tail.rest, at);
  if ('failed' in written) return { failed: written.failed.words };
  const kept = at + tail.rest.length;
  return { bytes: kept, lostBytes: tail.full ? lostBehind(kept, tail.furthest) : 0 };
}

/** Who appends stands where its last write ended; further back, it has written to the emptied file already. */
function lostBehind(keptBytes: number, furthest: number | undefined): number | undefined {
  return furthest === undefined || furthest < keptBytes ? undefined : furthest - keptBytes;
}
