/** A list that is drawn again and again: on the second screen of a terminal, so that nothing of it is left behind. */

import { setTimeout as sleep } from 'node:timers/promises';
import { wrap } from '#views/wrap.ts';
import type { Call } from './command.ts';
import { openScreen, type Screen } from './screen.ts';

/** A list as it is now, written to the terminal of the call: its heading first, remarks as errors. */
export type ShowNow = (call: Call) => Promise<void>;

/**
 * Shows it every `everyMs`. On a terminal until the person types q or Ctrl-C; elsewhere one list after the other until
 * the reader goes away or we are killed.
 */
export async function showAgain(call: Call, everyMs: number, show: ShowNow): Promise<void> {
  const { terminal } = call;
  const drawn = terminal.tty && terminal.format === 'words' && process.env['TERM'] !== 'dumb';
  if (!drawn) {
    for (;;) {
      await show(call);
      await sleep(everyMs);
    }
  }
  // Whatever keeps the first list from being made is said on the screen that the person was on.
  const first = await linesNow(call, show, terminal.width ?? 80);
  using screen = openScreen();
  await drawOn(screen, { first, everyMs, ascii: terminal.ascii, lines: (width) => linesNow(call, show, width) });
}

interface Drawing {
  readonly first: Listed;
  readonly everyMs: number;
  readonly ascii: boolean;
  /** The list as it is now, for a screen of so many columns. */
  readonly lines: (width: number) => Promise<Listed>;
}

interface Listed {
  readonly heading: string;
  readonly rows: readonly string[];
  readonly remarks: readonly string[];
}

/** Draws until the person ends it; a list that is slow to come does not hold the keys up. */
export async function drawOn(screen: Screen, { first, everyMs, ascii, lines }: Drawing): Promise<void> {
  using stack = new DisposableStack();
  let waiting = new AbortController();
  stack.defer(() => waiting.abort());
  const fresh = (afterMs: number): Promise<Listed> => {
    waiting.abort();
    waiting = new AbortController();
    const made = sleep(afterMs, undefined, { signal: waiting.signal }).then(() => lines(screen.size().columns));
    // Of one that is not waited for any more nobody wants to hear.
    made.catch(() => undefined);
    return made;
  };
  let listed = first;
  let top = 0;
  let next = fresh(everyMs);
  let key = screen.key();
  for (;;) {
    const room = roomFor(screen, listed);
    top = Math.max(0, Math.min(top, listed.rows.length - room));
    screen.draw(page(screen, { listed, top, everyMs, ascii }));
    const came = await Promise.race([key, next]);
    if (came === 'end') return;
    if (typeof came === 'object') {
      listed = came;
      next = fresh(everyMs);
      continue;
    }
    key = screen.key();
    if (came === 'size') next = fresh(0);
    else
      top += { up: -1, down: 1, back: -room, forth: room, top: -listed.rows.length, bottom: listed.rows.length }[came];
  }
}

/** Rows between the heading and what stands at the foot. */
function roomFor(screen: Screen, { remarks }: Listed): number {
  return Math.max(1, screen.size().rows - 2 - Math.min(remarks.length, 3));
}

function page(
  screen: Screen,
  {
    listed,
    top,
    everyMs,
    ascii,
  }: { readonly listed: Listed; readonly top: number } & Pick<Drawing, 'everyMs' | 'ascii'>,
): readonly string[] {
  const { heading, rows, remarks } = listed;
  const room = roomFor(screen, listed);
  const shown = rows.slice(top, top + room);
  const which =
    rows.length > room ? `${top + 1}${ascii ? '-' : '–'}${top + shown.length} of ${rows.length}` : `${rows.length}`;
  const moves = rows.length > room ? '   arrows move' : '';
  const foot = `${which} ${rows.length === 1 ? 'row' : 'rows'}   q ends${moves}   again every ${everyMs / 1000} s`;
  const blank = Array.from({ length: room - shown.length }, () => '');
  return [heading, ...shown, ...blank, ...remarks.slice(0, 3), foot];
}

async function linesNow(call: Call, show: ShowNow, width: number): Promise<Listed> {
  const out: string[] = [];
  const remarks: string[] = [];
  const terminal = {
    ...call.terminal,
    width: Math.max(40, width),
    out: (text: string) => void out.push(...text.split('\n')),
    err: (text: string) => void remarks.push(...wrap(text, width)),
  };
  await show({ ...call, terminal });
  return { heading: out[0] ?? '', rows: out.slice(1), remarks };
}
