/** Rules of udev that run something: udev(7). */

import { programsOf } from './shell-words.ts';

/** A rule with at least one program. */
export interface UdevProgram {
  /** RUN, PROGRAM or IMPORT. */
  readonly by: string;
  readonly command: string;
  /** Absolute paths; what is called by name lies in /usr/lib/udev. */
  readonly programs: readonly string[];
  /** The other conditions of the rule, as they stand. */
  readonly conditions: string;
}

export interface UdevRules {
  readonly programs: readonly UdevProgram[];
  /** Variables that a rule puts into the environment of what is run later. */
  readonly rejects: readonly string[];
}

const PAIR = /\s*([A-Z_]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*(e?"(?:[^"\\]|\\.)*")\s*,?/y;

/** A module by its name; those that a device asks for ($env{MODALIAS}) are of every machine. */
const LOADS = /^\s*kmod load\s+[^$%\s]/;

/** Lines that are no list of KEY{attribute}="value" are rejects. */
export function parseUdevRules(text: string): UdevRules {
  const programs: UdevProgram[] = [];
  const rejects: string[] = [];
  for (const line of joined(text)) {
    const pairs = pairsOf(line);
    if (pairs === undefined) rejects.push(line.trim());
    else programs.push(...programsIn(pairs));
  }
  return { programs, rejects };
}

function joined(text: string): string[] {
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => line.trim() !== '' && !/^\s*#/.test(line));
}

interface Pair {
  readonly key: string;
  readonly attribute: string;
  readonly operator: string;
  readonly value: string;
}

function pairsOf(line: string): Pair[] | undefined {
  const pairs: Pair[] = [];
  PAIR.lastIndex = 0;
  for (let end = 0; ; end = PAIR.lastIndex) {
    const found = PAIR.exec(line);
    if (found === null) return line.slice(end).trim() === '' && pairs.length > 0 ? pairs : undefined;
    const [, key = '', attribute = '', operator = '', quoted = ''] = found;
    pairs.push({ key, attribute, operator, value: quoted.replace(/^e?"|"$/g, '').replaceAll('\\"', '"') });
  }
}

function programsIn(pairs: readonly Pair[]): UdevProgram[] {
  const isProgram = ({ key, attribute, operator, value }: Pair): boolean =>
    (key === 'RUN' && (attribute !== 'builtin' || LOADS.test(value)) && operator !== '-=') ||
    key === 'PROGRAM' ||
    (key === 'IMPORT' && attribute === 'program');
  const conditions = pairs
    .filter((pair) => !isProgram(pair) && (pair.operator === '==' || pair.operator === '!='))
    .map(
      ({ key, attribute, operator, value }) => `${key}${attribute === '' ? '' : `{${attribute}}`}${operator}"${value}"`,
    )
    .join(', ');
  return pairs
    .filter((pair) => isProgram(pair) && pair.value.trim() !== '')
    .map(({ key, attribute, value }) => ({
      by: key,
      command: value,
      programs: attribute === 'builtin' ? [] : programsAt(value),
      conditions,
    }));
}

function programsAt(command: string): readonly string[] {
  const [first = ''] = command.trim().split(/\s+/);
  const plain = first.replace(/^["']|["']$/g, '');
  if (plain !== '' && !plain.startsWith('/'))
    return plain.includes('%') || plain.includes('$') ? [] : [`/usr/lib/udev/${plain}`];
  return programsOf(command.replaceAll(/[$%]/g, '_'));
}
