/** Which processes somebody wants to see: words as in "user www-data program nginx". */

import { didYouMean } from '#lib/closest.ts';
import type { Row } from '#model/table.ts';
import { VerbError } from '#model/verbs.ts';

type Test = (row: Row) => boolean;

const text = (row: Row, column: string): string => String(row[column] ?? '');
const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const WORDS: Readonly<Record<string, (value: string) => Test>> = {
  pid: (value) => {
    if (!/^\d{1,7}$/.test(value))
      throw new VerbError('USAGE', `Cannot read pid "${value.slice(0, 40)}". Write a number`);
    return (row) => row['pid'] === Number(value);
  },
  user: (value) => (row) => text(row, 'user') === value || text(row, 'uid') === value,
  program: (value) => (row) =>
    [
      text(row, 'comm'),
      text(row, 'exe'),
      base(text(row, 'exe')),
      text(row, 'script'),
      base(text(row, 'script')),
    ].includes(value),
  unit: (value) => (row) => [value, `${value}.service`].includes(text(row, 'unit')) || text(row, 'from') === value,
  package: (value) => (row) => text(row, 'package') === value,
  session: (value) => (row) => text(row, 'session') === value,
  tty: (value) => (row) => text(row, 'tty') === value,
};

/** Reads pairs of word and value; throws VerbError "USAGE" with what was probably meant. All must hold. */
export function processFilter(args: readonly string[]): Test {
  const tests: Test[] = [];
  for (let at = 0; at < args.length; at += 2) {
    const word = args[at] ?? '';
    const make = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    const names = Object.keys(WORDS);
    if (make === undefined)
      throw new VerbError(
        'USAGE',
        `Unknown filter "${word.slice(0, 40)}"${didYouMean(word, names)}. Filters are ${names.join(', ')}. See: telltale processes --help`,
      );
    const value = args[at + 1];
    if (value === undefined)
      throw new VerbError('USAGE', `Filter "${word}" wants a value. Next: telltale processes ${word} VALUE`);
    tests.push(make(value));
  }
  return (row) => tests.every((test) => test(row));
}
