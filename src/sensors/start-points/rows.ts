/** Entries of all families → rows: who ships them, who else may change them, and what is odd about them. */

import type { StartPointRow } from '../start-point-table.ts';
import type { Entry } from './entry.ts';
import { openPlaceOf, type Runner } from './open-place.ts';
import { findOwners } from './ownership.ts';
import type { Memo, Reading } from './reading.ts';

/** Rows of one table; beyond it a gap says so. A desktop with everything installed has 1,500. */
export const MAX_ROWS = 6000;

/** Variables whose paths are loaded or read as code. */
const LOADED = /^(?:LD_(?:PRELOAD|AUDIT|LIBRARY_PATH)|EnvironmentFile|BASH_ENV|SHELL)=/;

/** Rows by the entries of a look. */
export function rowsOf(reading: Reading, memo: Memo): StartPointRow[] {
  const entries = reading.entries.slice(0, MAX_ROWS);
  if (reading.entries.length > MAX_ROWS)
    reading.gaps.push({ what: 'start points', why: `more than ${MAX_ROWS}: the rest is not compared` });
  askOwners(reading, memo, entries);
  return entries.map((entry) => rowOf(reading, memo, entry));
}

/** Files that no package ships are asked for again while packages are at work: dpkg writes its lists last. */
function askOwners(reading: Reading, memo: Memo, entries: readonly Entry[]): void {
  const { host } = reading;
  const again = host.packages.run() !== undefined;
  const wanted = new Set<string>();
  for (const { path, programs } of entries) {
    for (const file of [path, programs[0]]) {
      const known = file === undefined ? undefined : memo.owners.get(file);
      if (file !== undefined && (known === undefined || (known === '' && again))) wanted.add(file);
    }
  }
  findOwners(host, [...wanted], memo.owners);
  const present = new Set(entries.flatMap(({ path, programs }) => [path, programs[0] ?? '']));
  for (const path of memo.owners.keys()) if (!present.has(path)) memo.owners.delete(path);
}

function rowOf(reading: Reading, memo: Memo, entry: Entry): StartPointRow {
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
    package: memo.owners.get(path) ?? '',
    problem: entry.problem,
    open: openOf(reading, entry),
    tricks: entry.tricks,
    path,
    program,
    programPackage: program === '' ? '' : (memo.owners.get(program) ?? ''),
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
