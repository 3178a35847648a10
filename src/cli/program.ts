/** Reads the command line with commander and calls one command. */

import type { Help } from 'commander';
import { CommanderError, Option, Command as Parser } from 'commander';
import { didYouMean } from '#lib/closest.ts';
import { VerbError } from '#model/verbs.ts';
import { wrap } from '#views/wrap.ts';
import { type Command, commonOptions } from './command.ts';
import { typed } from './command-name.ts';
import { entries } from './commands.ts';
import { notesAt } from './notes.ts';
import { overview } from './overview.ts';
import { termRow } from './term-row.ts';
import type { Terminal } from './terminal.ts';

/** Options of all commands that take a value: needed to tell a command's name from a value before it is loaded. */
const WITH_VALUE = new Set(
  commonOptions.filter(([flags]) => flags.includes('<')).map(([flags]) => flags.split(' ')[0] ?? ''),
);

/** Index of the command's name in the arguments, -1 where there is none. */
function nameIndex(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return -1;
    if (WITH_VALUE.has(word)) at += 1;
    else if (!word.startsWith('-')) return at;
  }
  return -1;
}

/** Runs the command that `argv` names; throws VerbError "USAGE" when it cannot be understood. */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<number> {
  const at = nameIndex(argv);
  const options = at === -1 ? argv : argv.slice(0, at);
  const name = at === -1 ? nameless(options) : (argv[at] ?? '');
  if (name === '__complete') return await (await import('./answer-completion.ts')).answerCompletion(argv.slice(at + 1));
  if (name === 'help') return await help(at === -1 ? [] : argv.slice(at + 1), terminal);
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const names = [...entries.map((candidate) => candidate.name), 'help'];
    throw new VerbError(
      'USAGE',
      `Unknown command "${name.slice(0, 80)}"${didYouMean(name, names)}. See: telltale help`,
    );
  }
  const rest = at === -1 ? options.filter((word) => !VERSION.has(word)) : [...options, ...argv.slice(at + 1)];
  const { default: command } = await entry.load();
  return command.raw === undefined ? parse(command, rest, terminal) : command.raw(rest);
}

const VERSION: ReadonlySet<string> = new Set(['--version', '-V']);

/** What is meant when no command is named. */
function nameless(options: readonly string[]): string {
  if (options.some((word) => word === '--help' || word === '-h')) return 'help';
  return options.some((word) => VERSION.has(word)) ? 'version' : 'status';
}

/** `telltale help [COMMAND [VERB]]`. */
async function help(words: readonly string[], terminal: Terminal): Promise<number> {
  const names = words.filter(
    (word, at) => !word.startsWith('-') && word !== 'help' && !WITH_VALUE.has(words[at - 1] ?? ''),
  );
  if (names.length > 0) return await runProgram([...names, '--help'], terminal);
  const commands = entries.map(({ name, summary, group }) => ({ name, summary, group }));
  terminal.object({ commands });
  for (const command of commands) terminal.line(command);
  if (terminal.format === 'words') terminal.out(overview(entries, terminal).join('\n'));
  return 0;
}

async function parse(command: Command, words: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const parser = build(command, `telltale ${command.name}`, terminal, (result) => {
    code = result;
  });
  try {
    await parser.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const verb = command.verbs?.find(({ name }) => words.includes(name))?.name;
    throw usageError(error, ['telltale', command.name, ...(verb === undefined ? [] : [verb])].join(' '));
  }
}

function build(command: Command, path: string, terminal: Terminal, done: (code: number) => void): Parser {
  const parser = new Parser(command.name);
  const verbs = command.verbs ?? [];
  parser
    .description(command.summary)
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpOption('-h, --help', 'this text');
  parser.configureOutput({
    writeOut: (text) => {
      terminal.object({ help: text.trim() });
      terminal.line({ help: text.trim() });
      if (terminal.format === 'words') terminal.out(text.trimEnd());
    },
    writeErr: () => undefined,
    getOutHelpWidth: () => terminal.width ?? 80,
  });
  parser.configureHelp({
    helpWidth: Math.min(terminal.width ?? 100, 100),
    formatHelp: (self, helper) => typed(helpText(command, path, { parser: self, helper, terminal })),
  });
  if (command.operands !== undefined) for (const operand of command.operands.split(' ')) parser.argument(operand);
  for (const [flags, words] of [...(command.options ?? []), ...commonOptions])
    parser.addOption(new Option(flags, words));
  for (const verb of verbs) parser.addCommand(build(verb, `${path} ${verb.name}`, terminal, done));
  const { run } = command;
  if (run === undefined) parser.action(() => missingVerb(parser, path, verbs));
  else parser.action(async () => done(await run(callOf(parser, terminal))));
  if (run === undefined) parser.allowExcessArguments(true);
  return parser;
}

function missingVerb(parser: Parser, path: string, verbs: readonly Command[]): never {
  const [given] = parser.args;
  const names = verbs.map((verb) => verb.name);
  if (given === undefined) throw new VerbError('USAGE', `What should it do? Next: ${path} ${names.join('|')}`);
  throw new VerbError(
    'USAGE',
    `Unknown verb "${given.slice(0, 80)}"${didYouMean(given, names)}. Next: ${path} ${names.join('|')}`,
  );
}

function callOf(parser: Parser, terminal: Terminal) {
  const options = parser.optsWithGlobals<Readonly<Record<string, unknown>>>();
  const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const text = (name: string): string | undefined => {
    const value = options[camel(name)];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    args: parser.args,
    terminal,
    where: { config: text('config'), stateDir: text('state-dir') },
    flag: (name: string) => options[camel(name)] !== undefined && options[camel(name)] !== false,
    text,
  };
}

// Commander's message is "error: unknown option '--jsno'\n(Did you mean --json?)"; ours quote with " and end with what to type.
function usageError(error: CommanderError, path: string): VerbError {
  const words = error.message
    .replace(/^error: /, '')
    .replace(/\n?\(Did you mean (?:one of )?(.+?)\?\)/, ' (did you mean "$1"?)')
    .replaceAll("'", '"');
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return new VerbError('USAGE', `${sentence.replace(/\.$/, '')}. See: ${path} --help`, { cause: error });
}

interface HelpParts {
  readonly parser: Parser;
  readonly helper: Help;
  readonly terminal: Terminal;
}

function helpText(command: Command, path: string, { parser, helper, terminal }: HelpParts): string {
  const common = new Set(commonOptions.map(([flags]) => flags));
  const width = terminal.width === undefined ? undefined : Math.min(terminal.width, 100);
  const row = (term: string, words: string) => termRow(term, words, { column: 29, width });
  const own = helper.visibleOptions(parser).filter((option) => !common.has(option.flags));
  const operands = command.operands === undefined ? '' : ` ${command.operands}`;
  const verbUsage = `${path} ${(command.verbs ?? []).map((verb) => verb.name).join('|')} [options]`;
  const ownUsage = `${path}${operands} [options]`;
  const both = command.run === undefined ? verbUsage : `${ownUsage}\n       ${verbUsage}`;
  const title = typed(`${path}: ${command.summary}`);
  const usage = command.verbs === undefined ? ownUsage : both;
  return [
    ...(width === undefined ? [title] : wrap(title, width)),
    '',
    `Usage: ${usage}`,
    ...(command.verbs === undefined
      ? []
      : ['', ...command.verbs.flatMap((verb) => row(`${verb.name} ${verb.operands ?? ''}`, verb.summary))]),
    '',
    'Options:',
    ...own.flatMap((option) => row(option.flags, option.description)),
    '',
    'As with every command:',
    ...commonOptions.flatMap(([flags, words]) => row(flags, words)),
    ...(command.notes === undefined ? [] : ['', ...notesAt(typed(command.notes), width)]),
    '',
  ].join('\n');
}
