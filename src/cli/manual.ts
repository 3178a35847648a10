/** Man pages in the macros of man(7), from the same table as `--help`: telltale.8, and one page for each command. */

import { type Command, commonOptions, type Option } from './command.ts';
import type { Entry } from './commands.ts';
import { readFlag } from './flags.ts';

/** What the pages are made of. */
export interface ManualParts {
  readonly entries: readonly Entry[];
  /** In the same order. */
  readonly commands: readonly Command[];
  readonly version: string;
  /** Of the release, as "2026-11-21". */
  readonly date: string;
  /** Exit codes with their meaning. */
  readonly exits: readonly (readonly [code: string, words: string])[];
}

const SECTION = '8';

/** Pages by file name: "telltale.8", "telltale-sockets.8" … */
export function manualPages(parts: ManualParts): ReadonlyMap<string, string> {
  const pages = new Map([[`telltale.${SECTION}`, mainPage(parts)]]);
  for (const command of parts.commands) pages.set(`telltale-${command.name}.${SECTION}`, commandPage(command, parts));
  return pages;
}

/** Reads the table of exit codes of docs/commands.md: one line a code. */
export function exitCodesIn(page: string): (readonly [code: string, words: string])[] {
  return [...page.matchAll(/^\| (\d{1,3}) \| (.+) \|$/gm)].map(([, code = '', words = '']) => [
    code,
    words.replaceAll('`', ''),
  ]);
}

function head(name: string, { version, date }: ManualParts): string[] {
  return [`.TH ${roff(name.toUpperCase())} ${SECTION} ${date} "Telltale ${version}" Telltale`];
}

function mainPage(parts: ManualParts): string {
  const { entries, commands } = parts;
  const groups = [...new Set(entries.map(({ group }) => group))];
  const groupLines = (group: string): string[] => {
    const own = entries.filter((entry) => entry.group === group);
    return ['.SS', text(group)].concat(
      own.flatMap(({ name, summary }) => ['.TP', `.BR telltale\\-${roff(name)} (${SECTION})`, text(summary)]),
    );
  };
  return page([
    ...head('telltale', parts),
    '.SH NAME',
    'telltale \\- watch this host and say in plain words what changed',
    '.SH SYNOPSIS',
    '.B telltale',
    '[\\fIcommand\\fR] [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    'Without a command it says one sentence and the open changes.',
    'With a daemon running, commands ask it over its control socket. Without one, those that only read do so themselves,',
    'and those that change something take the lock of the state directory.',
    '.PP',
    'Ids are those that \\fBtelltale\\fR and \\fBtelltale changes\\fR show; three characters are enough where only one begins so.',
    '.SH COMMANDS',
    ...groups.flatMap(groupLines),
    '.SH OPTIONS',
    'Every command but \\fBlogrotate\\fR takes these:',
    ...commonOptions.flatMap(option),
    '.SH "EXIT STATUS"',
    ...exitLines(parts),
    '.SH ENVIRONMENT',
    ...term('TELLTALE_STATE_DIR', 'State directory; the option goes before it.'),
    ...term('NO_COLOR', 'No colours, whatever it holds.'),
    ...term('CLICOLOR_FORCE', 'Colours in a pipe as well.'),
    '.SH FILES',
    ...term('/etc/telltale/telltale.yaml', 'Settings; optional. See \\fBtelltale config show \\-\\-example\\fR.'),
    ...term('/var/lib/telltale', 'State directory of root: the record, the baseline, the control socket.'),
    '.SH "SEE ALSO"',
    commands.map(({ name }) => `.BR telltale\\-${roff(name)} (${SECTION})`).join(' ,\n'),
  ]);
}

function commandPage(command: Command, parts: ManualParts): string {
  const { name } = command;
  const verbs = command.verbs ?? [];
  const synopsis = [
    ...(command.run !== undefined || verbs.length === 0 ? [usage(command, [name])] : []),
    ...verbs.map((verb) => usage(verb, [name, verb.name])),
  ];
  const common = command.raw === undefined ? ['.SH "COMMON OPTIONS"', ...commonOptions.flatMap(option)] : [];
  return page([
    ...head(`telltale-${name}`, parts),
    '.SH NAME',
    `telltale\\-${roff(name)} \\- ${roff(command.summary)}`,
    '.SH SYNOPSIS',
    ...synopsis.flatMap((lines, index) => (index === 0 ? lines : ['.br'].concat(lines))),
    '.SH DESCRIPTION',
    text(`${sentence(command.summary)}.`),
    ...(command.notes === undefined ? [] : ['.PP', ...verbatim(command.notes)]),
    ...verbs.flatMap((verb) => ['.SS', text(verb.name)].concat(verbLines(verb))),
    ...optionSection(command.options ?? []),
    ...common,
    '.SH "EXIT STATUS"',
    `See \\fBtelltale\\fR(${SECTION}).`,
    '.SH "SEE ALSO"',
    `.BR telltale (${SECTION})`,
  ]);
}

function optionSection(options: readonly Option[]): string[] {
  return options.length === 0 ? [] : ['.SH OPTIONS', ...options.flatMap(option)];
}

function verbLines(verb: Command): string[] {
  const notes = verb.notes === undefined ? [] : ['.PP', ...verbatim(verb.notes)];
  return [text(`${sentence(verb.summary)}.`), ...(verb.options ?? []).flatMap(option), ...notes];
}

function usage(command: Command, words: readonly string[]): string[] {
  const operands = (command.operands ?? '').split(' ').filter((operand) => operand !== '');
  const shown = operands.map((operand) => {
    const [, open = '', name = '', more = ''] = /^([<[])([^.>\]]+)(\.\.\.)?[>\]]$/.exec(operand) ?? [];
    const word = `\\fI${roff(name)}\\fR${more === '' ? '' : ' ...'}`;
    return open === '[' ? `[${word}]` : word;
  });
  return [`.B telltale ${words.map(roff).join(' ')}`, [...shown, '[\\fIoptions\\fR]'].join(' ')];
}

function option([flags, words]: Option): string[] {
  const { short, long, value, optional } = readFlag(flags);
  const names = [short, long].filter((name) => name !== '').map((name) => `\\fB${roff(name)}\\fR`);
  const argument = value === '' ? '' : optional ? ` [\\fI${roff(value)}\\fR]` : ` \\fI${roff(value)}\\fR`;
  return ['.TP', `${names.join(', ')}${argument}`, text(words)];
}

function exitLines({ exits }: ManualParts): string[] {
  return exits.flatMap(([code, words]) => ['.TP', `.B ${code}`, text(words)]);
}

function term(name: string, words: string): string[] {
  return ['.TP', `.I ${roff(name)}`, words];
}

/** Text whose lines and blanks mean something. */
function verbatim(notes: string): string[] {
  return ['.nf', ...notes.split('\n').map((line) => (line === '' ? '.sp' : text(line))), '.fi'];
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/\.$/, '');
}

/** A line of text: a dot or an apostrophe at its beginning would be taken for a request. */
function text(words: string): string {
  const line = roff(words);
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** roff(7): backslash and the characters that devices turn into typographic ones. */
function roff(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replaceAll('→', '\\(->')
    .replaceAll('×', '\\(mu');
}

function page(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
