/** `telltale daemon`: watches until it is told to stop. */

import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import type { Settings } from '#model/settings.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { removeReadyFile } from '../ready-file.ts';
import { settingsFor } from '../settings.ts';
import { paragraph } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'daemon',
  summary: 'watch',
  options: [
    ['--ready-file <file>', 'removed at the start, written when everything is armed or known blind'],
    ['--build-page', 'build the page first when it is missing or older than its sources'],
  ],
  notes: [
    'SIGTERM and SIGINT stop it, SIGHUP checks the settings file again.',
    'Exit codes: 0 stopped, 73 state directory or socket cannot be used, 75 another daemon holds the state directory,',
    '78 the settings cannot be used.',
  ].join('\n'),
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const named = call.text('ready-file');
  if (named === '') throw new VerbError('USAGE', 'Cannot use ready file "": name a file. See: telltale help daemon');
  const readyFile = named === undefined ? undefined : resolve(named);
  // Before anything that can fail: who waits for it must not find what an earlier daemon left.
  if (readyFile !== undefined) removeReadyFile(readyFile);
  const settings = await settingsFor(call.where, terminal);
  const { runDaemon } = await import('../daemon.ts');
  const { load } = await import('../load-settings.ts');
  const reread = (): string => rereadWords(settings, () => load({ ...call.where, stateDir: settings.stateDir }));
  const log = (line: string): void => terminal.out(logged(terminal, line));
  await runDaemon({ settings, readyFile, buildPage: call.flag('build-page'), log, reread });
  return exit.ok;
}

/** Broken at the terminal's width, what is set in stays so; a stack trace stays as it is. */
function logged(terminal: Terminal, line: string): string {
  if (line.includes('\n')) return line;
  const text = line.trimStart();
  const indent = line.length - text.length;
  return ' '.repeat(indent) + paragraph(terminal, text, indent === 0 ? 0 : indent + 2);
}

// The store, the sensors and the channels are built from the settings at the start; a daemon that took over only half
// of them would be worse than one that says what it needs.
function rereadWords(
  now: Settings,
  load: () => { settings: Settings | undefined; problems: readonly { line: number; message: string }[] },
): string {
  const { settings, problems } = load();
  if (settings === undefined) {
    const [first] = problems;
    return `The settings have ${plural(problems.length, 'error')}, the first: ${visible(first?.message ?? '')} (line ${first?.line ?? 0}). Running on with the old ones. Next: telltale config check`;
  }
  if (isDeepStrictEqual({ ...settings, ...(now.file !== undefined && { file: now.file }) }, now))
    return 'The settings are the same: nothing to do.';
  return 'The settings changed and are sound. Next: restart the daemon to use them.';
}
