/** What we write on: a terminal with colours and glyphs, or a pipe with one plain record a line. */

import { asciiOf } from '#lib/ascii-text.ts';
import { errnoWords } from '#lib/errno-words.ts';
import { harmlessJson } from '#lib/escape.ts';
import { fs } from '#lib/lean-fs.ts';
import type { Sign } from '#model/finding.ts';
import { VerbError } from '#model/verbs.ts';

export type Format = 'words' | 'json' | 'jsonl';

/** Everything commands need to know of the surroundings. */
export interface Terminal {
  readonly format: Format;
  readonly tty: boolean;
  readonly ascii: boolean;
  readonly colour: boolean;
  /** Cells a line; undefined in a pipe, where nothing is cut. */
  readonly width: number | undefined;
  out(text: string): void;
  err(text: string): void;
  /** `--json`: one object, `--jsonl`: nothing. Adds the version of the schema. */
  object(value: object): void;
  /** `--jsonl`: one object a line. */
  line(value: object): void;
  paint(style: Style, text: string): string;
}

export type Style = Sign | 'strong' | 'faint';

// Magenta is "act" and buff "watch", as on the page; 8 colours, so that every terminal has them.
const STYLES: Readonly<Record<Style, string>> = {
  act: '1;35',
  watch: '33',
  note: '36',
  settled: '2',
  strong: '1',
  faint: '2',
};

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly tty: boolean;
  readonly columns: number | undefined;
  readonly argv: readonly string[];
  readonly write: (descriptor: 1 | 2, text: string) => void;
}

/** Decides colours and glyphs: flags before NO_COLOR (no-color.org), CLICOLOR_FORCE and TERM. */
export function makeTerminal({ env, tty, columns, argv, write }: Surroundings): Terminal {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const format = formatOf(flags);
  const dumb = env['TERM'] === 'dumb';
  const colour = format === 'words' && !flags.includes('--no-color') && wantsColour(env, tty && !dumb);
  const ascii = flags.includes('--ascii') || dumb || !isUtf8(env);
  // A pipe in the C locale, as cron has it, gets bytes as they are: only whoever looks at a terminal could not read them.
  const plain = flags.includes('--ascii') || (tty && !isUtf8(env));
  const shown = (text: string): string => (plain && format === 'words' ? asciiOf(text) : text);
  return {
    format,
    tty,
    ascii,
    colour,
    width: tty ? Math.max(40, columns ?? 80) : undefined,
    out: (text) => write(1, `${shown(text)}\n`),
    err: (text) => write(2, `${shown(text)}\n`),
    object: (value) => {
      if (format === 'json') write(1, `${harmlessJson({ v: 1, ...value })}\n`);
    },
    line: (value) => {
      if (format === 'jsonl') write(1, `${harmlessJson({ v: 1, ...value })}\n`);
    },
    paint: (style, text) => (colour && text !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text),
  };
}

function formatOf(flags: readonly string[]): Format {
  if (flags.includes('--jsonl')) return 'jsonl';
  return flags.includes('--json') ? 'json' : 'words';
}

function wantsColour(env: NodeJS.ProcessEnv, otherwise: boolean): boolean {
  if (isSet(env['NO_COLOR'])) return false;
  return otherwise || (isSet(env['CLICOLOR_FORCE']) && env['CLICOLOR_FORCE'] !== '0');
}

// POSIX: LC_ALL before LC_CTYPE before LANG. Nothing set is the C locale, yet pipes and cron get UTF-8 as well today.
function isUtf8(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'C.UTF-8';
  return /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Writes all of it before it returns, so that nothing is lost when the process ends; a closed pipe ends us quietly. */
export function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      // `| head` has seen enough: that is no trouble of ours. 141 is what a shell shows for SIGPIPE.
      if (code === 'EPIPE') process.exit(141);
      // A terminal that is not blocking may be slow; waiting a millisecond is cheaper than losing lines.
      if (code !== 'EAGAIN') throw cannotWrite(String(code), error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function cannotWrite(code: string, cause: unknown): VerbError {
  const words = `Cannot write the answer: ${errnoWords(code)}. What was asked was done; only its words are lost`;
  return new VerbError('OUTPUT', words, { cause });
}
