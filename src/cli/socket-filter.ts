/** Which sockets somebody wants to see: letters as in `ss -tulpn`, words as in "port 4444 user www-data". */

import { didYouMean } from '#lib/closest.ts';
import type { Row } from '#model/table.ts';
import { type MarkedRow, VerbError } from '#model/verbs.ts';
import type { Call } from './command.ts';

export interface SocketFilter {
  /** Whether connections are wanted as well. */
  readonly connections: boolean;
  matches(marked: MarkedRow): boolean;
}

type Test = (row: Row) => boolean;

const text = (row: Row, column: string): string => String(row[column] ?? '');
const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Test for a value, by the word before it. */
const WORDS: Readonly<Record<string, (value: string) => Test>> = {
  port: (value) => {
    const port = numberOf('port', value, 1, 65_535);
    return (row) => row['port'] === port || row['remotePort'] === port;
  },
  pid: (value) => {
    const pid = numberOf('pid', value, 1, 4_194_304);
    return (row) =>
      row['pid'] === pid ||
      (Array.isArray(row['holders']) && row['holders'].some((holder) => String(holder).includes(`(${pid})`)));
  },
  user: (value) => (row) => text(row, 'user') === value || text(row, 'runsAs') === value || text(row, 'uid') === value,
  program: (value) => (row) =>
    text(row, 'comm') === value || text(row, 'exe') === value || base(text(row, 'exe')) === value,
  unit: (value) => (row) => text(row, 'unit') === value || text(row, 'unit') === `${value}.service`,
  package: (value) => (row) => text(row, 'package') === value,
  address: (value) => (row) => text(row, 'address') === value || text(row, 'remoteAddress') === value,
};

/** Reads letters and words; throws VerbError "USAGE" with what was probably meant. */
export function socketFilter(call: Call): SocketFilter {
  const tests = [...wordTests(call.args)];
  const kinds = kindTests(call);
  if (kinds.length > 0) tests.push((row) => kinds.some((kind) => kind(row)));
  const families = (['4', '6'] as const).filter((digit) => call.flag(`ipv${digit}`));
  if (families.length > 0)
    tests.push((row) => families.some((digit) => row['family'] === (digit === '4' ? 'inet' : 'inet6')));
  const onlyNew = call.flag('new');
  return {
    connections: call.flag('all'),
    matches: ({ row, mark }) => (!onlyNew || mark === 'new') && tests.every((test) => test(row)),
  };
}

function kindTests(call: Call): readonly Test[] {
  const kinds: Test[] = [];
  if (call.flag('tcp')) kinds.push((row) => row['protocol'] === 'tcp');
  if (call.flag('udp')) kinds.push((row) => row['protocol'] === 'udp' || row['protocol'] === 'udplite');
  if (call.flag('unix')) kinds.push((row) => row['family'] === 'unix');
  if (call.flag('raw')) kinds.push((row) => row['protocol'] === 'raw' || row['family'] === 'packet');
  return kinds;
}

function* wordTests(args: readonly string[]): Generator<Test> {
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const short = /^:(\d+)$/.exec(word);
    if (short !== null) {
      yield testFor('port')(short[1] ?? '');
      continue;
    }
    const make = testFor(word);
    at += 1;
    const value = args[at];
    if (value === undefined)
      throw new VerbError('USAGE', `Filter "${word}" wants a value. Next: telltale sockets ${word} VALUE`);
    yield make(value);
  }
}

function testFor(word: string): (value: string) => Test {
  const make = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (make !== undefined) return make;
  const names = Object.keys(WORDS);
  throw new VerbError(
    'USAGE',
    `Unknown filter "${word.slice(0, 40)}"${didYouMean(word, names)}. Filters are ${names.join(', ')}. See: telltale sockets --help`,
  );
}

function numberOf(what: string, value: string, least: number, most: number): number {
  if (/^\d{1,7}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw new VerbError('USAGE', `Cannot read ${what} "${value.slice(0, 40)}". Write a number from ${least} to ${most}`);
}
