/**
 * The second screen of a terminal (xterm's 1049, which all of today know): what is drawn there is gone when it is closed,
 * and what stood on the first is there again. Closed also when we are told to end, stopped (Ctrl-Z) or fail.
 */

import { writeAll } from './terminal.ts';

/** What a person typed, or what happened meanwhile. */
export type Key = 'end' | 'up' | 'down' | 'back' | 'forth' | 'top' | 'bottom' | 'size';

export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  /** Puts these lines there, one a row, and nothing else; what is longer than a row is cut by the terminal. */
  draw(lines: readonly string[]): void;
  /** The next key; "size" when the screen became another. */
  key(): Promise<Key>;
}

const ESC = '\u001b';
// Second screen, no cursor, lines are cut at the edge; and all of it back.
const ENTER = `${ESC}[?1049h${ESC}[?25l${ESC}[?7l`;
const LEAVE = `${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;
const STOP = '\u001a';

const KEYS: Readonly<Record<string, Key>> = {
  q: 'end',
  Q: 'end',
  '\u0003': 'end',
  '\u0004': 'end',
  k: 'up',
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  j: 'down',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  '\u001b[5~': 'back',
  b: 'back',
  ' ': 'forth',
  '\u001b[6~': 'forth',
  g: 'top',
  '\u001b[H': 'top',
  '\u001b[1~': 'top',
  G: 'bottom',
  '\u001b[F': 'bottom',
  '\u001b[4~': 'bottom',
};

/** An escape sequence, or one character. */
const PIECE = new RegExp(`${ESC}(?:\\[[0-9;]*[A-Za-z~]|O[A-Z])|[^]`, 'g');

/** The keys in what a terminal sent, in order; what means nothing here is left out. */
export function keysIn(text: string): readonly Key[] {
  return (text.match(PIECE) ?? []).flatMap((piece) => KEYS[piece] ?? []);
}

/** 128 and the number of the signal, as a shell says it. */
const ENDINGS = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;

/** Opens it on standard output, which must be a terminal; keys come from standard input where that is one as well. */
export function openScreen(): Screen & Disposable {
  const { stdout } = process;
  const keys = keyQueue();
  const enter = (): void => {
    readKeyByKey(true);
    writeAll(1, ENTER);
  };
  const leave = (): void => {
    writeAll(1, LEAVE);
    readKeyByKey(false);
  };
  const close = onTerminal({ keys, enter, leave });
  enter();
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    draw: (lines) => {
      // A row is emptied before it is written: afterwards the cursor would stand on its last character.
      const rows = lines.map((line) => `${ESC}[2K${line}`);
      writeAll(1, `${ESC}[H${rows.join('\r\n')}${ESC}[J`);
    },
    key: () => keys.next(),
    [Symbol.dispose]: () => {
      close();
      leave();
    },
  };
}

interface Keys {
  happened(key: Key): void;
  next(): Promise<Key>;
}

function keyQueue(): Keys {
  const waiting: Key[] = [];
  let wake: (() => void) | undefined;
  return {
    happened(key) {
      waiting.push(key);
      wake?.();
    },
    async next() {
      for (;;) {
        const key = waiting.shift();
        if (key !== undefined) return key;
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    },
  };
}

function readKeyByKey(on: boolean): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(on);
}

/** Hears of keys, of another size and of signals; returns what ends that. */
function onTerminal(at: { readonly keys: Keys; enter(): void; leave(): void }): () => void {
  const { stdin, stdout } = process;
  const typed = (chunk: Buffer): void => {
    const text = chunk.toString('latin1');
    if (text.includes(STOP)) {
      at.leave();
      process.kill(process.pid, 'SIGTSTP');
    } else for (const key of keysIn(text)) at.keys.happened(key);
  };
  const resized = (): void => at.keys.happened('size');
  const resumed = (): void => {
    at.enter();
    resized();
  };
  const endings = Object.entries(ENDINGS).map(([signal, code]) => {
    const end = (): void => {
      at.leave();
      process.exit(code);
    };
    return [signal, end] as const;
  });
  for (const [signal, end] of endings) process.on(signal, end);
  process.on('SIGCONT', resumed);
  stdout.on('resize', resized);
  // Standard input that ends says nothing of the person: a terminal that hangs up sends SIGHUP.
  if (stdin.isTTY) stdin.on('data', typed);
  return () => {
    for (const [signal, end] of endings) process.off(signal, end);
    process.off('SIGCONT', resumed);
    stdout.off('resize', resized);
    stdin.off('data', typed);
    stdin.pause();
  };
}
