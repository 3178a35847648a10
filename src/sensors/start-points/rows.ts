/** Entries of all families → rows: who ships them, who else may change them, and what is odd about them. */

import type { StartPointRow } from '../start-point-table.ts';
import type { Entry } from './entry.ts';
import type { KeptFamily } from './memo.ts';
import { openPlaceOf, type Runner } from './open-place.ts';
import { findOwners } from './ownership.ts';
import type { Reading } from './reading.ts';

/** Rows of one table; beyond it a gap says so. A desktop with everything installed has 1,500. */
export const MAX_ROWS = 6000;

/** Variables whose paths are loaded or read as code. */
const LOADED = /^(?:LD_(?:PRELOAD|AUDIT|LIBRARY_PATH)|EnvironmentFile|BASH_ENV|SHELL)=/;

/** Rows by the entries of a family; `owners` is brought up to date. */
export function rowsOf(reading: Reading, { owners }: Pick<KeptFamily, 'owners'>): StartPointRow[] {
  askOwners(reading, owners);
  return reading.entries.map((entry) => rowOf(reading, owners, entry));
}

/** Files that no package ships are asked for again while packages are at work: dpkg writes its lists last. */
function askOwners(reading: Reading, owners: Map<string, string>): void {
  const { host, entries } = reading;
  const again = host.packages.run() !== undefined;
  const present = new Set(
    entries.flatMap(({ path, programs }) => (programs[0] === undefined ? [path] : [path, programs[0]])),
  );
  const wanted: string[] = [];
  for (const path of present) {
    const known = owners.get(path);
    if (known === undefined || (known === '' && again)) wanted.push(path);
  }
  findOwners(host, wanted, owners);
  for (const path of owners.keys()) if (!present.has(path)) owners.delete(path);
}

function rowOf(reading: Reading, owners: ReadonlyMap<string, string>, entry: Entry): StartPointRow {
  const { kind, name, path, user, when, command, enabled, environment, digest, place } = entry;
  const program = entry.programs[0] ?? '';
  return {
    kind,
    name,
    user,
    when,
    command,
    enabled,
    environment,
    package: owners.get(path) ?? '',
    problem: entry.problem,
    open: openOf(reading, entry),
    tricks: entry.tricks,
    path,
    program,
    programPackage: program === '' ? '' : (owners.get(program) ?? ''),
    digest,
    added: entry.added,
    link: entry.link,
    startedBy: entry.unit === undefined ? [] : reading.startedBy(entry.unit),
    place,
  };
}

/** The first of its file, its programs and what its variables load that others may change. */
function openOf(reading: Reading, entry: Entry): string {
  const runner = runnerOf(reading, entry.user);
  // The dot of a .bashrc is no news: home "/" says that nothing is hidden.
  const own = openPlaceOf(reading, entry.path, { ...runner, home: '/' });
  if (own !== '') return own;
  const loaded = entry.environment.flatMap((line) => (LOADED.test(line) ? pathsIn(line) : []));
  for (const program of [...entry.programs, ...loaded]) {
    const open = openPlaceOf(reading, program, runner);
    if (open !== '') return open;
  }
  return '';
}

function runnerOf(reading: Reading, user: string): Runner {
  const account = reading.accounts.find(({ name }) => name === user);
  return { uid: account?.uid ?? reading.users.get(user), home: account?.home ?? (user === 'root' ? '/root' : '') };
}

function pathsIn(assignment: string): string[] {
  return assignment
    .slice(assignment.indexOf('=') + 1)
    .split(/[\s:"']+/)
    .map((part) => part.replace(/^-/, ''))
    .filter((part) => part.startsWith('/'));
}
