/** What ssh(1) runs when somebody connects elsewhere: ProxyCommand, LocalCommand, Match exec, libraries for keys. */

import { parseSshClientConfig, type SshClientLine } from '#formats/ssh-client-config.ts';
import { hasWildcard } from '#lib/wildcard.ts';
import { globFiles } from '../glob-files.ts';
import { digestOf, type Entry, entryOf, type Given } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const KIND = 'ssh setting';
const SYSTEM = '/etc/ssh';
/** readconf.c, READCONF_MAX_DEPTH is 16; files of one account that are read. */
const MAX_DEPTH = 4;
const MAX_FILES = 50;

export const sshClient: Family = {
  name: 'ssh client',
  paths: (homes) => [
    `${SYSTEM}/ssh_config`,
    `${SYSTEM}/ssh_config.d`,
    ...homes.flatMap((home) => [`${home}/.ssh/config`, `${home}/.ssh/config.d`]),
  ],
  read(reading) {
    take({ reading, user: 'every user', folder: SYSTEM, home: '', taken: new Set() }, `${SYSTEM}/ssh_config`, 0);
    for (const { name: user, home } of reading.accounts)
      if (reading.isThere(`${home}/.ssh`))
        take({ reading, user, folder: `${home}/.ssh`, home, taken: new Set() }, `${home}/.ssh/config`, 0);
  },
};

interface Taking {
  readonly reading: Reading;
  readonly user: string;
  /** Where names that are not absolute lie. */
  readonly folder: string;
  readonly home: string;
  readonly taken: Set<string>;
}

function take(taking: Taking, path: string, depth: number): void {
  const { reading, user, taken } = taking;
  if (taken.has(path) || taken.size >= MAX_FILES || reading.isFolder(path)) return;
  taken.add(path);
  const entries = reading.read(path, (file) => entriesOf(file, user));
  if (depth >= MAX_DEPTH) return;
  for (const { place, command } of entries)
    if (place.startsWith('Include')) for (const found of included(taking, command)) take(taking, found, depth + 1);
}

function included({ reading, folder, home }: Taking, patterns: string): readonly string[] {
  return patterns.split(/[ \t"]+/).flatMap((word) => {
    if (word === '') return [];
    const path = word.startsWith('~/') && home !== '' ? `${home}${word.slice(1)}` : word;
    const pattern = path.startsWith('/') ? path : `${folder}/${path}`;
    return hasWildcard(pattern) ? globFiles(reading.host, pattern) : [pattern];
  });
}

/** Settings that are switched off run nothing. */
function entriesOf({ path, problem, text }: Found, user: string): readonly Entry[] {
  if (problem !== '') return [];
  const { rows } = parseSshClientConfig(text);
  const permitted = rows.some(({ keyword, value }) => keyword === 'PermitLocalCommand' && /^yes$/i.test(value));
  const names = new Set<string>();
  return rows.flatMap((row) => {
    if (row.keyword === 'PermitLocalCommand' || /^none$/i.test(row.value)) return [];
    const given = givenOf(row, path, user);
    const enabled = row.keyword !== 'LocalCommand' || permitted;
    const again = names.has(given.name);
    names.add(given.name);
    const name = again ? `${given.name} ${digestOf(row.value).slice(0, 6)}` : given.name;
    return [entryOf({ ...given, name, enabled })];
  });
}

function givenOf({ keyword, value, under }: SshClientLine, path: string, user: string): Given & { name: string } {
  const host = keyword === 'Match' ? '' : under.replace(/^Host /, '');
  const where = host === '' || host === '*' ? '' : ` to ${host}`;
  return {
    kind: KIND,
    path,
    name: keyword === 'Match' ? 'Match exec' : `${keyword}${where === '' ? '' : ` ${host}`}`,
    user,
    when: `when ssh connects${where}`,
    command: value,
  };
}
