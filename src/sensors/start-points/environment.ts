/** Variables that every session, service or account gets: they decide what programs load. */

import { parseEnvironment, parsePamEnv, type Variable } from '#formats/environment.ts';
import { decidesCode, injectsCode } from '#formats/shell-tricks.ts';
import { listOf, parseUnit, unitWords } from '#formats/systemd-unit.ts';
import { isLeftOver } from '#lib/left-over.ts';
import type { Parsed } from '#lib/parse-lines.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const KIND = 'environment';
const SESSIONS = ['/etc/environment', '/etc/security/pam_env.conf'];
const USER_MANAGERS = [
  '/etc/environment.d',
  '/run/environment.d',
  '/usr/local/lib/environment.d',
  '/usr/lib/environment.d',
];
const MANAGERS = ['/etc/systemd/system.conf', '/etc/systemd/user.conf'];
const MANAGER_FOLDERS = [
  '/etc/systemd/system.conf.d',
  '/etc/systemd/user.conf.d',
  '/run/systemd/system.conf.d',
  '/usr/lib/systemd/system.conf.d',
];
/** Read by init scripts and as EnvironmentFile: only what injects code is told. */
const SERVICES = ['/etc/default', '/etc/sysconfig'];

export const environment: Family = {
  name: 'environment',
  paths: (homes) => [
    ...SESSIONS,
    ...USER_MANAGERS,
    ...MANAGERS,
    ...MANAGER_FOLDERS,
    ...SERVICES,
    ...homes.flatMap((home) => [
      `${home}/.pam_environment`,
      `${home}/.config/environment.d`,
      `${home}/.ssh/environment`,
    ]),
  ],
  read(reading) {
    const sessions = { user: 'every user', when: 'at every login' };
    read(reading, '/etc/environment', sessions, parseEnvironment);
    read(reading, '/etc/security/pam_env.conf', sessions, parsePamEnv);
    for (const folder of USER_MANAGERS)
      readFolder(reading, folder, { user: 'every user', when: 'for units of every user' });
    for (const { name: user, home } of reading.accounts) {
      read(reading, `${home}/.pam_environment`, { user, when: 'at every login' }, parsePamEnv);
      read(reading, `${home}/.ssh/environment`, { user, when: 'at every SSH login' }, parseEnvironment);
      if (reading.isThere(`${home}/.config/environment.d`))
        readFolder(reading, `${home}/.config/environment.d`, { user, when: 'for units of the user' });
    }
    for (const path of [
      ...MANAGERS,
      ...MANAGER_FOLDERS.flatMap((folder) => reading.names(folder).map((name) => `${folder}/${name}`)),
    ])
      if (path.endsWith('.conf') && !reading.isFolder(path)) reading.read(path, managerEntries);
    for (const folder of SERVICES)
      for (const name of reading.names(folder))
        if (!isLeftOver(name) && !reading.isFolder(`${folder}/${name}`))
          reading.read(`${folder}/${name}`, serviceEntries);
  },
};

interface For {
  readonly user: string;
  readonly when: string;
}

function readFolder(reading: Reading, folder: string, of: For): void {
  for (const name of reading.names(folder))
    if (name.endsWith('.conf')) read(reading, `${folder}/${name}`, of, parseEnvironment);
}

function read(reading: Reading, path: string, { user, when }: For, parse: (text: string) => Parsed<Variable>): void {
  if (reading.isFolder(path)) return;
  reading.read(path, ({ problem, text, real }) => {
    // Debian makes environment.d/99-environment.conf a link to it: the same lines are one start point.
    if (real === '/etc/environment' && path !== real) return [];
    if (problem !== '') return [entryOf({ kind: KIND, path, user, problem, enabled: false })];
    const { rows, rejects } = parse(text);
    const bad = rejects.map((line) =>
      entryOf({
        kind: KIND,
        path,
        user,
        name: line.trim(),
        problem: 'this line sets no variable',
        enabled: false,
        programs: [],
        place: 'bad',
      }),
    );
    return [...lastOfEach(rows).map((variable) => entryOfVariable(path, variable, { user, when })), ...bad];
  });
}

/** Of two lines of one name the later one counts. */
function lastOfEach(rows: readonly Variable[]): readonly Variable[] {
  return [...new Map(rows.filter(({ name }) => name !== '').map((row) => [row.name, row])).values()];
}

function entryOfVariable(path: string, { name, value }: Variable, { user, when }: For): Entry {
  const line = `${name}=${value}`;
  return entryOf({
    kind: KIND,
    path,
    name,
    user,
    when,
    command: line,
    programs: [],
    environment: decidesCode(name) ? [line] : [],
  });
}

/** DefaultEnvironment= and ManagerEnvironment= of systemd-system.conf(5). */
function managerEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [];
  const { directives } = parseUnit(text);
  const lines = ['DefaultEnvironment', 'ManagerEnvironment'].flatMap((key) =>
    listOf(directives, 'Manager', key).values.flatMap(unitWords),
  );
  const user = path.includes('/user.conf') ? 'every user' : 'root';
  return lines.map((line) => {
    const at = line.indexOf('=');
    return entryOfVariable(
      path,
      { name: line.slice(0, at), value: line.slice(at + 1) },
      { user, when: 'for every unit' },
    );
  });
}

function serviceEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [];
  const { rows } = parseEnvironment(text);
  return lastOfEach(rows.filter(({ name }) => injectsCode(name))).map((variable) =>
    entryOfVariable(path, variable, { user: 'root', when: 'for the service that reads this file' }),
  );
}
