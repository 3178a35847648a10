/** What may stand next in a command line: the same table as `--help`, and what is alive now. See docs/completion.md. */

import { type Command, commonOptions, type Option } from './command.ts';
import { entries } from './commands.ts';
import { filterWords, type Kind, operandKinds, valueKinds } from './completion-kinds.ts';
import { readFlag } from './flags.ts';

/** A word, and what it is; "" where the word says it. */
export type Candidate = readonly [value: string, words: string];

/** What the shell shows. Files and folders it finds itself. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly shell: 'files' | 'folders' | 'nothing';
}

/** Values that are alive: of a kind, or of a column of a table. Resolves to none where nobody can be asked. */
export interface Live {
  values(kind: Exclude<Kind, 'files' | 'folders' | 'commands'>): Promise<readonly Candidate[]>;
  column(table: string, column: string): Promise<readonly Candidate[]>;
}

const NOTHING: Completion = { candidates: [], shell: 'nothing' };

/** `words` stand behind "telltale"; the last is the one that is being typed, perhaps "". */
export async function complete(words: readonly string[], live: Live): Promise<Completion> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const line = await readLine(before);
  const { options } = line;
  const completion = await completionOf({ before, typed, line, options }, live);
  const candidates = completion.candidates.filter(([value]) => value.startsWith(typed));
  return { ...completion, candidates };
}

interface At {
  readonly before: readonly string[];
  readonly typed: string;
  readonly line: Line;
  readonly options: readonly Option[];
}

async function completionOf({ before, typed, line, options }: At, live: Live): Promise<Completion> {
  if (before.includes('--')) return await operand(line, live);
  const assigned = /^(--[a-z-]+)=/.exec(typed)?.[1];
  if (assigned !== undefined) return valueOf(options, assigned, true);
  const given = valueOf(options, before.at(-1) ?? '', false);
  if (given !== NOTHING) return given;
  if (typed.startsWith('-')) return { candidates: optionWords(options, typed), shell: 'nothing' };
  return await operand(line, live);
}

/** A command line as far as it is typed. */
interface Line {
  readonly command: Command | undefined;
  readonly verb: Command | undefined;
  readonly operands: readonly string[];
  readonly options: readonly Option[];
}

async function readLine(before: readonly string[]): Promise<Line> {
  let command: Command | undefined;
  let verb: Command | undefined;
  const operands: string[] = [];
  for (let at = 0; at < before.length; at += 1) {
    const word = before[at] ?? '';
    if (takesNext(optionsOf(command, verb), word)) at += 1;
    else if (word.startsWith('-')) continue;
    else if (command === undefined) command = await named(word);
    else if (verb === undefined && operands.length === 0 && verbNamed(command, word)) verb = verbNamed(command, word);
    else operands.push(word);
  }
  return { command, verb, operands, options: optionsOf(command, verb) };
}

const HELP: Command = { name: 'help', summary: 'this list, or what one command does' };

async function named(name: string): Promise<Command | undefined> {
  if (name === 'help') return HELP;
  const entry = entries.find((candidate) => candidate.name === name);
  return entry === undefined ? { name, summary: '' } : (await entry.load()).default;
}

function verbNamed(command: Command, word: string): Command | undefined {
  return command.verbs?.find((verb) => verb.name === word);
}

function optionsOf(command: Command | undefined, verb: Command | undefined): readonly Option[] {
  const own = [...(verb?.options ?? []), ...(command?.options ?? [])];
  // What has options of its own alone (logrotate) takes none of ours.
  return command?.raw === undefined ? [...own, ...commonOptions, ['-h, --help', 'this text']] : own;
}

function takesNext(options: readonly Option[], word: string): boolean {
  return options.some(([flags]) => {
    const { short, long, value, optional } = readFlag(flags);
    return value !== '' && !optional && (word === long || word === short) && word !== '';
  });
}

/** What follows an option that takes a value; NOTHING where the word is none. */
function valueOf(options: readonly Option[], word: string, assigned: boolean): Completion {
  for (const [flags] of options) {
    const { short, long, value, optional } = readFlag(flags);
    if (word === '' || (word !== short && word !== long) || value === '' || (optional && !assigned)) continue;
    const kind = valueKinds[value];
    return { candidates: [], shell: kind === 'files' || kind === 'folders' ? kind : 'nothing' };
  }
  return NOTHING;
}

/** Long names; a single dash shows the letters as well. */
function optionWords(options: readonly Option[], typed: string): readonly Candidate[] {
  return options.flatMap(([flags, words]) => {
    const { short, long } = readFlag(flags);
    const names = typed === '-' || long === '' ? [long, short] : [long];
    return names.filter((name) => name !== '').map((name): Candidate => [name, words]);
  });
}

function commandNames(): readonly Candidate[] {
  return [...entries.map(({ name, summary }): Candidate => [name, summary]), [HELP.name, HELP.summary]];
}

async function operand({ command, verb, operands }: Line, live: Live): Promise<Completion> {
  if (command === undefined) return { candidates: commandNames(), shell: 'nothing' };
  const verbs = verb === undefined && operands.length === 0 ? (command.verbs ?? []) : [];
  const own = verbs.map(({ name, summary }): Candidate => [name, summary]);
  const places = operandKinds[verb === undefined ? command.name : `${command.name} ${verb.name}`] ?? [];
  const wanted = places[Math.min(operands.length, places.length - 1)] ?? [];
  const shell = wanted.find((kind) => kind === 'files' || kind === 'folders') ?? 'nothing';
  const found: Candidate[] = [...own];
  for (const kind of wanted) found.push(...(await valuesOf(kind, operands, live)));
  return { candidates: found, shell };
}

async function valuesOf(kind: Kind, operands: readonly string[], live: Live): Promise<readonly Candidate[]> {
  if (kind === 'files' || kind === 'folders') return [];
  if (kind === 'commands') return commandNames();
  if (kind !== 'socket filters' && kind !== 'process filters') return await live.values(kind);
  const { table, columns } = filterWords[kind];
  if (operands.length % 2 === 0) return Object.keys(columns).map((word): Candidate => [word, '']);
  const column = columns[operands.at(-1) ?? ''];
  return column === undefined ? [] : await live.column(table, column);
}
