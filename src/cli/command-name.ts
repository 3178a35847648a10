/** What a person types to reach this program: hints must work where they are read, also in a clone. */

import { fs } from '#lib/lean-fs.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { typedAs } from '#views/typed.ts';
import { programFolder } from './own-version.ts';

/** Where this program lies and where it is called from. */
export interface Place {
  /** Holds bin/telltale. */
  readonly folder: string;
  /** Value of PATH. */
  readonly path: string;
  readonly cwd: string;
}

/** "telltale" where PATH leads to this very program, "bin/telltale" in its own folder, else the whole path. */
export function commandName({ folder, path, cwd }: Place): string {
  const own = realPath(`${folder}/bin/telltale`);
  // npm puts its folder of programs before PATH for what it starts; the shell of the person who reads it has none.
  const folders = path.split(':').filter((dir) => dir.startsWith('/') && !dir.endsWith('/node_modules/.bin'));
  const first = folders.map((dir) => realPath(`${dir}/telltale`)).find((found) => found !== undefined);
  if (own === undefined || first === own) return 'telltale';
  return realPath(cwd) === realPath(folder) ? 'bin/telltale' : shellQuote(`${folder}/bin/telltale`);
}

/** The same wherever one stands: for mails, which are read elsewhere. */
export function commandAnywhere(): string {
  return commandName({ folder: programFolder(), path: process.env['PATH'] ?? '', cwd: '/' });
}

let known: string | undefined;

/** The name for whoever reads what this process prints; found when first asked. */
export function ownCommand(): string {
  known ??= commandName({ folder: programFolder(), path: process.env['PATH'] ?? '', cwd: folderHere() });
  return known;
}

/** Words of ours with every command of ours as it has to be typed here. */
export function typed(words: string, name = ownCommand()): string {
  return typedAs(words, name);
}

function realPath(path: string): string | undefined {
  try {
    return fs.realpathSync(path);
  } catch {
    return undefined;
  }
}

// A folder that was removed below us has no name any more.
function folderHere(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
