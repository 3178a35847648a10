/** Loads the settings for a command, saying all that is wrong with them at once. */

import { resolve } from 'node:path';
import { defaultConfigFile, defaultStateDir } from '#config/default-paths.ts';
import { defaultSettings } from '#config/defaults.ts';
import { fs } from '#lib/lean-fs.ts';
import type { Settings } from '#model/settings.ts';
import { VerbError } from '#model/verbs.ts';
import type { Call } from './command.ts';
import type { Terminal } from './terminal.ts';

type Where = Call['where'];

/** Settings that are whole; throws VerbError "CONFIG" with one line a problem. Warnings go to `terminal.err`. */
export async function settingsFor(where: Where, terminal: Terminal): Promise<Settings> {
  const named = namedStateDir(where);
  const surroundings = { uid: process.getuid?.() ?? 0, env: process.env };
  if (where.config === undefined && !fs.existsSync(defaultConfigFile(surroundings))) {
    return defaultSettings(named ?? defaultStateDir(surroundings));
  }
  const { load } = await import('./load-settings.ts');
  const { file, settings, problems, warnings } = load({ ...where, stateDir: named });
  const { problemText } = await import('#config/problem.ts');
  if (settings === undefined) {
    const shown = problems.slice(0, 20).map(problemText);
    if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
    throw new VerbError('CONFIG', `${shown.join('\n')}\nNothing was done. See: telltale config show --example`);
  }
  for (const warning of warnings) terminal.err(`warning: ${problemText(warning)}`);
  return { ...settings, ...(file !== '' && { file: resolve(file) }) };
}

/** The state directory alone, without reading a settings file where none is needed: most commands ask only for it. */
export async function stateDirFor(where: Where, terminal: Terminal): Promise<string> {
  return namedStateDir(where) ?? (await settingsFor(where, terminal)).stateDir;
}

/** A flag over the environment; a relative path is one of the folder that the command was typed in, for both. */
function namedStateDir(where: Where): string | undefined {
  const named = where.stateDir ?? process.env['TELLTALE_STATE_DIR'];
  return named === undefined || named === '' ? undefined : resolve(named);
}
