/** A program of the administrator's own, and its counterpart for the undo. See docs/responders/command.md. */

import * as v from 'valibot';
import type { Run } from '#model/exec.ts';
import {
  type Action,
  type Applied,
  defineResponder,
  type OpenResponder,
  type ResponderContext,
} from '#model/responder.ts';
import { oneByOne } from './running.ts';
import { durationSetting, pathSetting } from './setting-types.ts';

const word = v.pipe(v.string('is no text'), v.maxLength(4096, 'is longer than 4096 characters'));
const words = v.pipe(v.array(word, 'is no list'), v.maxLength(64, 'has more than 64 words'));
const commandLine = v.pipe(
  word,
  v.check((text) => text.trim() !== '' && !text.includes('\0'), 'is empty'),
);

const settings = v.pipe(
  v.strictObject({
    program: v.pipe(v.optional(pathSetting), v.description('Absolute path; run without a shell.')),
    args: v.pipe(v.optional(words, []), v.description('$TARGET$, $PORT$ and $MODE$ in them are filled in.')),
    undoProgram: v.pipe(v.optional(pathSetting), v.description('Run when the block ends.')),
    undoArgs: v.optional(words, []),
    shell: v.pipe(
      v.optional(commandLine),
      v.description('A command line for /bin/sh instead, as PortSentry had it. Only where an own program will not do.'),
    ),
    undoShell: v.optional(commandLine),
    timeout: v.optional(durationSetting(100, 600_000, '30 s'), '30 s'),
  }),
  v.check(
    ({ program, shell }) => (program === undefined) !== (shell === undefined),
    'needs either "program" or "shell", and not both',
  ),
  v.check(
    ({ undoProgram, undoShell }) => undoProgram === undefined || undoShell === undefined,
    'has both "undoProgram" and "undoShell"; give one',
  ),
);

type Settings = v.InferOutput<typeof settings>;

export default defineResponder<Settings>({
  name: 'command',
  doc: 'Runs a program of yours with $TARGET$, $PORT$ and $MODE$, without a shell; and another one for the undo.',
  settings,
  kinds: ['drop'],
  once: true,
  open: (context) => Promise.resolve(new Command(context)),
});

class Command implements OpenResponder {
  readonly #context: ResponderContext<Settings>;

  constructor(context: ResponderContext<Settings>) {
    this.#context = context;
  }

  async apply(actions: readonly Action[]): Promise<readonly Applied[]> {
    const { program, args, shell } = this.#context.settings;
    return await oneByOne(actions, (action) => this.#run(action, { program, args, shell }));
  }

  async undo(actions: readonly Action[]): Promise<readonly Applied[]> {
    const { undoProgram: program, undoArgs: args, undoShell: shell } = this.#context.settings;
    return await oneByOne(actions, (action) => this.#run(action, { program, args, shell }));
  }

  /** What it did before the restart stands, as far as anybody can know; what is over is undone now. */
  async restore(standing: readonly Action[], over: readonly Action[]): Promise<readonly Applied[]> {
    await this.undo(over);
    return standing.map(({ id, undo }) => ({ id, undo }));
  }

  async clear(standing: readonly Action[]): Promise<void> {
    await Promise.resolve(standing);
  }

  async #run(
    action: Action,
    command: {
      readonly program: string | undefined;
      readonly args: readonly string[];
      readonly shell: string | undefined;
    },
  ): Promise<string | undefined> {
    const { program, args, shell } = command;
    if (program === undefined && shell === undefined) return undefined;
    const { exec, signal, settings: own } = this.#context;
    const run: Pick<Run, 'program' | 'args'> =
      program === undefined
        ? { program: '/bin/sh', args: ['-c', fill(shell ?? '', action)] }
        : { program, args: args.map((arg) => fill(arg, action)) };
    const { code, stderr, why } = await exec.run({ ...run, timeoutMs: own.timeout }, signal);
    if (code === 0) return undefined;
    const [first = ''] = stderr.trim().split('\n');
    return `${run.program}: ${why === '' ? `exit code ${code}${first === '' ? '' : `, ${first.slice(0, 300)}`}` : why}`;
  }
}

/**
 * Puts in what is ours to put in: an address or prefix, a number and a word, each of characters that mean nothing to a
 * shell. Names that others choose (reverse names, titles) never get here.
 */
function fill(text: string, { target, port, mode }: Action): string {
  return text
    .replaceAll('$TARGET$', target)
    .replaceAll('$PORT$', String(port))
    .replaceAll('$MODE$', mode.replace(/[^\w-]/g, ''));
}
