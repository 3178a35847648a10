/**
 * Units of systemd, of the system and of users: unit files in every search path, drop-ins, links that start or mask
 * them. See systemd.unit(5) "Unit File Load Path"; what a unit says is read in systemd-entry.ts.
 */

import { templateOf } from '#formats/systemd-unit.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Family } from './family.ts';
import { type Reading, resolved } from './reading.ts';
import { dropInEntry, type Manager, typeOf, unitEntry } from './systemd-entry.ts';

/** In the order of precedence: the first file of a name is the unit. */
const SYSTEM_PATHS = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/generator.late',
];
const USER_PATHS = [
  '/etc/systemd/user',
  '/run/systemd/user',
  '/usr/local/share/systemd/user',
  '/usr/share/systemd/user',
  '/usr/local/lib/systemd/user',
  '/usr/lib/systemd/user',
  '/lib/systemd/user',
];
const HOME_PATHS = ['.config/systemd/user.control', '.config/systemd/user', '.local/share/systemd/user'];
/** Every `systemd-run` and every login leaves a file here: only what starts others later is no process yet. */
const TRANSIENT = '/run/systemd/transient';
const STARTERS = new Set(['timer', 'path', 'socket']);
const FOLDER = /^(.+\.\w+)\.(wants|requires|upholds)$/;
const AT_BOOT = new Set([
  'default.target',
  'multi-user.target',
  'graphical.target',
  'basic.target',
  'sysinit.target',
  'local-fs.target',
  'network.target',
  'network-online.target',
  'remote-fs.target',
  'timers.target',
  'sockets.target',
  'paths.target',
  'rescue.target',
  'cloud-init.target',
  'sysinit-reboot.target',
]);

export const systemd: Family = {
  name: 'systemd',
  paths: (homes) => [
    ...SYSTEM_PATHS,
    ...USER_PATHS,
    ...homes.flatMap((home) => HOME_PATHS.map((path) => `${home}/${path}`)),
  ],
  read(reading) {
    readManager(reading, { user: 'root', scope: 'system', home: '' }, SYSTEM_PATHS);
    readManager(reading, { user: 'every user', scope: 'user', home: '' }, USER_PATHS);
    for (const { name, home } of reading.accounts) {
      if (!reading.isThere(`${home}/.config/systemd`) && !reading.isThere(`${home}/.local/share/systemd`)) continue;
      const paths = HOME_PATHS.map((path) => `${home}/${path}`);
      readManager(reading, { user: name, scope: `user ${name}`, home }, paths);
    }
  },
};

interface Folders {
  readonly path: string;
  /** "ssh.service.d", "multi-user.target.wants". */
  readonly folders: readonly string[];
}

function readManager(reading: Reading, manager: Manager, searched: readonly string[]): void {
  const units = new Map<string, Entry>();
  const aliases: Link[] = [];
  const all: Folders[] = [];
  for (const path of withoutTwins(reading, searched)) {
    const folders: string[] = [];
    for (const name of reading.names(path)) {
      if (/\.(?:d|wants|requires|upholds)$/.test(name)) folders.push(name);
      else aliases.push(...readUnit(reading, { manager, units }, { folder: path, name }));
    }
    all.push({ path, folders });
  }
  for (const alias of aliases) addLink(reading, { manager, units }, alias);
  for (const { path, folders } of all) {
    for (const folder of folders) {
      const link = FOLDER.exec(folder);
      if (link !== null) readLinks(reading, { manager, units }, { folder: `${path}/${folder}`, by: link[1] ?? '' });
      else if (path !== TRANSIENT) readDropIns(reading, { manager, units }, `${path}/${folder}`);
    }
  }
}

interface Known {
  readonly manager: Manager;
  /** The unit of each name: the file that wins. */
  readonly units: Map<string, Entry>;
}

/** Reads one unit file; gives the link where the file is but another name of a unit. */
function readUnit(reading: Reading, { manager, units }: Known, at: { folder: string; name: string }): readonly Link[] {
  const { folder, name } = at;
  const type = typeOf(name);
  if (type === undefined || (folder === TRANSIENT && !STARTERS.has(type))) return [];
  const path = `${folder}/${name}`;
  const alias = aliasOf(reading, path, name);
  if (alias !== '') return [{ path, name, words: `as another name of ${alias}`, by: '' }];
  const [entry] = reading.read(path, (file) => [unitEntry(file, { manager, name, type })]);
  if (entry !== undefined && !units.has(name)) units.set(name, entry);
  return [];
}

/** The unit that a link of another name stands for; "" for files, masks and links of the same name. */
function aliasOf(reading: Reading, path: string, name: string): string {
  const stat = reading.stat(path);
  if (!('type' in stat) || stat.type !== 'symlink') return '';
  const target = reading.host.files.readlink(path);
  if (typeof target !== 'string' || target === '/dev/null') return '';
  const other = target.slice(target.lastIndexOf('/') + 1);
  return other === name || templateOf(name) === other || typeOf(other) === undefined ? '' : other;
}

function readLinks(reading: Reading, known: Known, { folder, by }: { folder: string; by: string }): void {
  for (const name of reading.names(folder)) {
    if (typeOf(name) === undefined) continue;
    const words = AT_BOOT.has(by) ? `at boot (${by})` : `together with ${by}`;
    addLink(reading, known, { path: `${folder}/${name}`, name, words, by });
  }
}

interface Link {
  readonly path: string;
  readonly name: string;
  readonly words: string;
  /** The unit that pulls it in, "" for an alias. */
  readonly by: string;
}

function addLink(reading: Reading, known: Known, { path, name, words, by }: Link): void {
  const { manager } = known;
  const target = reading.host.files.readlink(path);
  const link = typeof target === 'string' ? target : '';
  const real = link === '' ? path : resolved(path, link);
  const unit = unitBehind(known, name, real);
  const command = unit === undefined || unit.command === '' ? `starts ${name}` : `starts ${name}: ${unit.command}`;
  const when = manager.scope === 'system' ? words : words.replace('at boot', 'at login');
  const user = unit?.user ?? manager.user;
  const entry = entryOf({
    kind: 'systemd link',
    path,
    name,
    user,
    when,
    command,
    link,
    programs: [unit?.path ?? real],
  });
  reading.entries.push({ ...entry, unit: `${manager.scope}\0${name}` });
  if (by !== '') reading.startedBy(`${manager.scope}\0${name}`, by);
}

/** The unit of the name, its template, or the one that the link leads to. */
function unitBehind({ units }: Known, name: string, real: string): Entry | undefined {
  return units.get(name) ?? units.get(templateOf(name) ?? '') ?? units.get(real.slice(real.lastIndexOf('/') + 1));
}

function readDropIns(reading: Reading, { manager, units }: Known, folder: string): void {
  const of = folder.slice(folder.lastIndexOf('/') + 1, -'.d'.length);
  // "service.d" stands for every service, "foo-.service.d" for all whose names begin so.
  const unit = units.get(of) ?? units.get(templateOf(of) ?? '');
  for (const name of reading.names(folder)) {
    if (!name.endsWith('.conf')) continue;
    const user = unit?.user ?? manager.user;
    reading.read(`${folder}/${name}`, (file) => [dropInEntry(file, { manager, of, user })], user);
  }
}

/** Where /lib is a link to /usr/lib, one of the two names is enough. */
function withoutTwins(reading: Reading, paths: readonly string[]): readonly string[] {
  const lib = reading.host.files.readlink('/lib');
  return typeof lib === 'string' ? paths.filter((path) => !path.startsWith('/lib/')) : paths;
}
