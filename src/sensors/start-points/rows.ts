/** Entries of all families → rows: who ships them, who else may change them, and what is odd about them. */

import type { StartPointRow } from '../start-point-table.ts';
import { digestOf, type Entry } from './entry.ts';
import type { KeptFamily } from './memo.ts';
import { openPlaceOf, type Runner } from './open-place.ts';
import { type Reading, resolved } from './reading.ts';

/** Rows of one table; beyond it a gap says so. A desktop with everything installed has 1,500. */
export const MAX_ROWS = 6000;

/** Variables whose paths are loaded or read as code. */
const LOADED = /^(?:LD_(?:PRELOAD|AUDIT|LIBRARY_PATH)|EnvironmentFile|BASH_ENV|SHELL)=/;

/** Programs of one entry that are looked at. */
const MAX_PROGRAMS = 4;

type Kept = Pick<KeptFamily, 'owners' | 'programs'>;

/** Rows by the entries of a family; what is kept of it is brought up to date. */
export function rowsOf(reading: Reading, kept: Kept): StartPointRow[] {
  askOwners(reading, kept);
  return withoutLinks(reading.entries).map((entry) => rowOf(reading, kept, entry));
}

/** What is read through a link as well as under its own name (/etc/modules) is there once, under its own. */
function withoutLinks(entries: readonly Entry[]): readonly Entry[] {
  const nameOf = ({ kind, name }: Entry, path: string): string => [kind, name, path].join('\0');
  const plain = new Set(entries.filter(({ link }) => link === '').map((entry) => nameOf(entry, entry.path)));
  return entries.filter((entry) => entry.link === '' || !plain.has(nameOf(entry, resolved(entry.path, entry.link))));
}

/** Files that no package ships are asked for again while packages are at work: dpkg writes its lists last. */
function askOwners(reading: Reading, { owners, programs }: Kept): void {
  const { host, entries } = reading;
  const again = host.packages.run() !== undefined;
  const present = new Set(entries.flatMap((entry) => [entry.path].concat(programsOf(entry))));
  for (const path of present) {
    const known = owners.get(path);
    if (known === undefined || (known === '' && again)) owners.set(path, host.packages.ownerOf(path));
  }
  for (const path of owners.keys()) if (!present.has(path)) owners.delete(path);
  for (const path of programs.keys()) if (!present.has(path)) programs.delete(path);
}

function programsOf({ programs }: Entry): readonly string[] {
  return programs.slice(0, MAX_PROGRAMS);
}

/** What packages ship is held against their sums elsewhere. */
function programDigestOf(reading: Reading, { owners, programs }: Kept, entry: Entry): string {
  const foreign = programsOf(entry).filter((path) => owners.get(path) === '' && !path.includes('\0'));
  const digests = foreign.map((path) => reading.programDigest(path, programs)).filter((digest) => digest !== '');
  return digests.length < 2 ? (digests[0] ?? '') : digestOf(digests.join(' '));
}

function rowOf(reading: Reading, kept: Kept, entry: Entry): StartPointRow {
  const { owners } = kept;
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
    shipped: entry.shipped,
    problem: entry.problem,
    open: openOf(reading, entry),
    tricks: entry.tricks,
    path,
    program,
    programPackage: program === '' ? '' : (owners.get(program) ?? ''),
    programDigest: programDigestOf(reading, kept, entry),
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
