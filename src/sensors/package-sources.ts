/** Watches where packages come from and whose signatures are believed: see docs/sensors/package-sources.md. */

import { createHash } from 'node:crypto';
import { parseAptConf } from '#formats/apt-conf.ts';
import { type AptSource, parseSourcesList, parseSourcesStanzas } from '#formats/apt-sources.ts';
import { parseKeyring } from '#formats/openpgp.ts';
import { withoutSecretsIn } from '#formats/secret-arguments.ts';
import { textOf } from '#lib/text-of.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';

export const packageSources = defineTable({
  name: 'package-sources',
  doc: 'Repositories of apt, keys that it believes, and settings that make it believe anybody.',
  slot: ['kind', 'path', 'place'],
  file: 'path',
  columns: {
    kind: ['text', 'source, key or setting', 'identity'],
    name: ['text', 'The line of the source, fingerprint of the key, name of the setting', 'identity'],
    path: ['text', 'File it stands in', 'identity'],
    enabled: ['bool', 'Whether apt uses it', 'compared'],
    untrusted: ['text', 'Why signatures are not asked for, or ""', 'compared'],
    signedBy: ['text', 'Key that must have signed; "" when any key of apt will do', 'compared'],
    secure: ['bool', 'What is fetched cannot be read or changed on the way: https, or a file'],
    value: ['text', 'User of a key, value of a setting', 'compared'],
    problem: ['text', 'Why it cannot be read, or ""', 'compared'],
    place: ['text', 'What stays the same when a line is edited: type and suite'],
  },
});

/** A row of `package-sources`. */
export type PackageSourceRow = NonNullable<(typeof packageSources)['row']>;

/** Files and folders that decide where packages come from. */
export const SOURCE_PATHS: readonly string[] = [
  '/etc/apt/sources.list',
  '/etc/apt/sources.list.d',
  '/etc/apt/trusted.gpg',
  '/etc/apt/trusted.gpg.d',
  '/etc/apt/keyrings',
  '/usr/share/keyrings',
  '/etc/apt/apt.conf',
  '/etc/apt/apt.conf.d',
];
const KEY_FOLDERS = ['/etc/apt/trusted.gpg.d', '/etc/apt/keyrings', '/usr/share/keyrings'];
const MAX_FILE_BYTES = 4 << 20;
const MAX_NAMES = 1000;
/** apt passes over other names. */
const TAKEN = /^[A-Za-z0-9_.-]+$/;
/** Settings of apt.conf(5) that switch checks off. */
const UNCHECKED =
  /^(?:apt::get::allowunauthenticated|acquire::(?:allowinsecurerepositories|allowweakrepositories|allowdowngradetoinsecurerepositories|check-valid-until)|acquire::https?::(?:[\w.-]+::)?verify-(?:peer|host)|dpkg::options)(?:::)?$/i;

interface Kept {
  readonly stamp: string;
  readonly rows: readonly PackageSourceRow[];
}

const memos = new WeakMap<Host, Map<string, Kept>>();

export default defineSensor<PackageSourceRow>({
  name: 'package-sources',
  doc: 'Reads the sources, key rings and settings of apt.',
  everyMs: 60_000,
  table: packageSources,
  look(host) {
    const gaps: Gap[] = [];
    const before = memos.get(host) ?? new Map<string, Kept>();
    const after = new Map<string, Kept>();
    memos.set(host, after);
    const read = (path: string, make: (path: string, bytes: Buffer) => readonly PackageSourceRow[]): void => {
      const kept = readFile(host, path, { before: before.get(path), make, gaps });
      if (kept !== undefined) after.set(path, kept);
    };
    read('/etc/apt/sources.list', listRows);
    for (const path of inFolder(host, '/etc/apt/sources.list.d', gaps))
      if (path.endsWith('.list')) read(path, listRows);
      else if (path.endsWith('.sources')) read(path, stanzaRows);
    read('/etc/apt/trusted.gpg', keyRows);
    for (const folder of KEY_FOLDERS)
      for (const path of inFolder(host, folder, gaps)) if (/\.(?:gpg|asc|pgp|key)$/.test(path)) read(path, keyRows);
    for (const path of ['/etc/apt/apt.conf', ...inFolder(host, '/etc/apt/apt.conf.d', gaps)]) read(path, settingRows);
    const rows = [...after.values()].flatMap((kept) => kept.rows);
    return Promise.resolve({ rows, gaps, by: 'files' });
  },
});

function inFolder(host: Host, folder: string, gaps: Gap[]): readonly string[] {
  const names = host.files.list(folder);
  if (!isFailure(names))
    return names
      .filter((name) => TAKEN.test(name))
      .sort()
      .slice(0, MAX_NAMES)
      .map((name) => `${folder}/${name}`);
  if (names.error !== 'ENOENT') gaps.push({ what: folder, why: names.error });
  return [];
}

interface Reading {
  readonly before: Kept | undefined;
  readonly make: (path: string, bytes: Buffer) => readonly PackageSourceRow[];
  readonly gaps: Gap[];
}

function readFile(host: Host, path: string, { before, make, gaps }: Reading): Kept | undefined {
  const stat = host.files.stat(path);
  if (isFailure(stat)) return undefined;
  const link = stat.type === 'symlink' ? host.files.readlink(path) : '';
  const stamp = `${stat.type} ${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes} ${JSON.stringify(link)}`;
  // What a link leads to may change without the link.
  if (before?.stamp === stamp && stat.type === 'file') return before;
  const bytes = host.files.read(path, MAX_FILE_BYTES);
  if (!isFailure(bytes)) return { stamp, rows: make(path, bytes) };
  if (bytes.error !== 'EISDIR' && bytes.error !== 'ENOENT') gaps.push({ what: path, why: bytes.error });
  return undefined;
}

const PLAIN = { enabled: true, untrusted: '', signedBy: '', secure: true, value: '', problem: '', place: '' };

function rowWith(
  given: Partial<PackageSourceRow> & Pick<PackageSourceRow, 'kind' | 'name' | 'path'>,
): PackageSourceRow {
  return { ...PLAIN, ...given };
}

function listRows(path: string, bytes: Buffer): readonly PackageSourceRow[] {
  const { sources, rejects } = parseSourcesList(textOf(bytes));
  return [...sources.map((source) => sourceRow(path, source)), ...badRows(path, rejects)];
}

function stanzaRows(path: string, bytes: Buffer): readonly PackageSourceRow[] {
  const { sources, rejects } = parseSourcesStanzas(textOf(bytes));
  return [...sources.map((source) => sourceRow(path, source)), ...badRows(path, rejects)];
}

function sourceRow(
  path: string,
  { types, uris, suites, components, enabled, unchecked, signedBy }: AptSource,
): PackageSourceRow {
  // Passwords may stand in the address.
  const shown = uris.map((uri) => uri.replace(/\/\/[^/@\s]*@/, '//…@'));
  return {
    ...PLAIN,
    kind: 'source',
    name: [types, ...shown, suites, components]
      .filter((part) => part !== '')
      .join(' ')
      .slice(0, 400),
    path,
    enabled,
    untrusted: unchecked.map((name) => `${name}=yes`).join(', '),
    signedBy,
    secure: uris.every((uri) => /^(?:https|file|copy|cdrom|mirror\+https|tor\+https)/i.test(uri)),
    problem: uris.length === 0 ? 'it names no address' : '',
    place: `${types} ${suites}`,
  };
}

function badRows(path: string, rejects: readonly string[]): readonly PackageSourceRow[] {
  const problem = 'apt cannot read this line';
  const bad = (name: string): PackageSourceRow =>
    rowWith({ kind: 'source', name, path, enabled: false, problem, place: 'bad' });
  return rejects.slice(0, 50).map((line) => bad(withoutSecretsIn(line).slice(0, 200)));
}

/** A ring that cannot be read as keys is known by its hash. */
function keyRows(path: string, bytes: Buffer): readonly PackageSourceRow[] {
  const { keys, whole } = parseKeyring(bytes);
  const rows = keys.map(({ fingerprint, user }) => rowWith({ kind: 'key', name: fingerprint, path, value: user }));
  if (whole || bytes.length === 0) return rows;
  const sha256 = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  return [
    ...rows,
    rowWith({ kind: 'key', name: `sha256 ${sha256}`, path, problem: 'not all of it could be read as keys' }),
  ];
}

function settingRows(path: string, bytes: Buffer): readonly PackageSourceRow[] {
  return parseAptConf(textOf(bytes)).settings.flatMap(({ name, value }) => {
    const unchecked = UNCHECKED.test(name) ? uncheckedWords(name, value) : '';
    return unchecked === ''
      ? []
      : [{ ...PLAIN, kind: 'setting', name, path, value: value.slice(0, 200), untrusted: unchecked }];
  });
}

function uncheckedWords(name: string, value: string): string {
  const off = /^(?:no|false|without|off|disable|0)$/i.test(value);
  if (/dpkg::options/i.test(name))
    return /--force-(?:bad-verify|all)\b/.test(value) ? `dpkg is called with ${value}` : '';
  const says = /verify|valid-until/i.test(name) ? off : !off && value !== '';
  return says ? `${name.replace(/(?:::)+$/, '')} is "${value.slice(0, 40)}"` : '';
}
