/** Watches which packages are installed, held, half installed or behind their security updates: see docs/sensors/packages.md. */

import { parseStanzas, type Stanza } from '#formats/deb822.ts';
import { compareVersions } from '#formats/dpkg-version.ts';
import { ownCopy } from '#lib/own-copy.ts';
import { textOf } from '#lib/text-of.ts';
import type { Gap } from '#model/gap.ts';
import { type FileStat, type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';

export const packages = defineTable({
  name: 'packages',
  doc: 'Packages of dpkg with version and state, and whether the host waits for a reboot.',
  slot: ['name', 'architecture'],
  file: 'database',
  columns: {
    name: ['text', 'Name of the package; "a reboot" for the host itself', 'identity'],
    architecture: ['text', 'amd64, all …', 'identity'],
    version: ['text', 'Version', 'compared'],
    state: ['text', 'installed, removed (settings are kept), or what dpkg left half done', 'compared'],
    held: ['bool', 'It is on hold: upgrades pass it over', 'compared'],
    securityUpdate: ['text', 'Version that the security archive has for it, or ""', 'compared'],
    database: ['text', 'File it was read from'],
  },
});

/** A row of `packages`. */
export type PackageRow = NonNullable<(typeof packages)['row']>;

const STATUS = '/var/lib/dpkg/status';
const LISTS = '/var/lib/apt/lists';
const REBOOT = '/run/reboot-required';
const WANTED = new Set(['package', 'architecture', 'version', 'status']);
/** A desktop with everything has 4,000. */
const MAX_PACKAGES = 12_000;
const MAX_STATUS_BYTES = 32 << 20;
const MAX_LIST_BYTES = 64 << 20;
/** States that a package passes through while dpkg works on it: no news before dpkg is done. */
const PASSING = new Set(['half-installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending']);
const DONE = new Set(['installed', 'triggers-awaited', 'triggers-pending']);

/** Rows must not come and go while packages are at work: the engine asks the run what explains them. */
interface Memo {
  stamp: string;
  rows: readonly PackageRow[];
  listStamp: string;
  /** Version in the security archive, by name and architecture; only of packages that are installed. */
  updates: ReadonlyMap<string, string>;
}

const memos = new WeakMap<Host, Memo>();

export default defineSensor<PackageRow>({
  name: 'packages',
  doc: 'Reads the status file of dpkg, the lists of the security archive, and whether a reboot is wanted.',
  everyMs: 60_000,
  table: packages,
  look(host) {
    const memo = memos.get(host) ?? { stamp: '', rows: [], listStamp: '', updates: new Map<string, string>() };
    memos.set(host, memo);
    const gaps: Gap[] = [];
    readStatus(host, memo, gaps);
    readUpdates(host, memo, gaps);
    const rows = memo.rows.map((row) => withUpdate(row, memo.updates));
    return Promise.resolve({ rows: [...rows, ...rebootRow(host)], gaps, by: STATUS });
  },
});

function readStatus(host: Host, memo: Memo, gaps: Gap[]): void {
  const stat = host.files.stat(STATUS);
  if (isFailure(stat)) {
    // No dpkg here: an empty table, and no blindness.
    if (stat.error !== 'ENOENT') gaps.push({ what: STATUS, why: stat.error });
    return;
  }
  const running = host.packages.run()?.endedMs === 0;
  const stamp = `${stampOf(stat)} ${running}`;
  if (memo.stamp === stamp) return;
  const bytes = host.files.read(STATUS, MAX_STATUS_BYTES);
  if (isFailure(bytes)) {
    gaps.push({ what: STATUS, why: bytes.error });
    return;
  }
  const stanzas = ownCopy(parseStanzas(textOf(bytes), WANTED).stanzas);
  if (stanzas.length > MAX_PACKAGES)
    gaps.push({ what: STATUS, why: `more than ${MAX_PACKAGES} packages: the rest is not compared` });
  const before = new Map(memo.rows.map((row) => [keyOf(row.name, row.architecture), row]));
  memo.rows = stanzas.slice(0, MAX_PACKAGES).flatMap((stanza) => rowOf(stanza, running ? before : undefined));
  memo.stamp = stamp;
}

/** `before` is given while dpkg works: what is half done then stays as it was. */
function rowOf(stanza: Stanza, before: ReadonlyMap<string, PackageRow> | undefined): readonly PackageRow[] {
  const of = (field: string): string => stanza.get(field) ?? '';
  const [name, architecture, version] = [of('package'), of('architecture'), of('version')];
  const [want = '', flag = '', status = ''] = of('status').split(/\s+/);
  if (name === '' || status === '' || status === 'not-installed') return [];
  if (before !== undefined && PASSING.has(status)) {
    const known = before.get(keyOf(name, architecture));
    return known === undefined ? [] : [known];
  }
  const row = { name, architecture, version, state: stateOf(flag, status), held: want === 'hold' };
  return [{ ...row, securityUpdate: '', database: STATUS }];
}

function stateOf(flag: string, status: string): string {
  if (flag === 'reinstreq') return `${status}, must be installed again`;
  if (status === 'config-files') return 'removed';
  return DONE.has(status) ? 'installed' : status;
}

/** Lists that apt keeps uncompressed, of archives whose name says that they are for security. */
function readUpdates(host: Host, memo: Memo, gaps: Gap[]): void {
  const names = host.files.list(LISTS);
  if (isFailure(names)) return;
  const lists = names.filter((name) => /security/i.test(name) && name.endsWith('_Packages')).sort();
  const stats = lists.map((name) => host.files.stat(`${LISTS}/${name}`));
  const stamp = `${memo.stamp}\0${lists.join(' ')}\0${stats.map((stat) => (isFailure(stat) ? stat.error : stampOf(stat))).join(' ')}`;
  if (memo.listStamp === stamp) return;
  memo.listStamp = stamp;
  const installed = new Set(memo.rows.map(({ name, architecture }) => keyOf(name, architecture)));
  const updates = new Map<string, string>();
  for (const list of lists) {
    const bytes = host.files.read(`${LISTS}/${list}`, MAX_LIST_BYTES);
    if (isFailure(bytes)) {
      gaps.push({ what: `${LISTS}/${list}`, why: bytes.error, reduced: true });
      continue;
    }
    for (const stanza of ownCopy(parseStanzas(textOf(bytes), WANTED).stanzas)) {
      const key = keyOf(stanza.get('package') ?? '', stanza.get('architecture') ?? '');
      const version = stanza.get('version') ?? '';
      if (installed.has(key) && compareVersions(version, updates.get(key) ?? '0~') > 0) updates.set(key, version);
    }
  }
  memo.updates = updates;
}

function withUpdate(row: PackageRow, updates: ReadonlyMap<string, string>): PackageRow {
  const version = updates.get(keyOf(row.name, row.architecture));
  const wanted = version !== undefined && row.state === 'installed' && compareVersions(version, row.version) > 0;
  return wanted ? { ...row, securityUpdate: version } : row;
}

/** update-notifier and unattended-upgrades leave this file; its .pkgs names who wanted it. */
function rebootRow(host: Host): readonly PackageRow[] {
  if (isFailure(host.files.stat(REBOOT))) return [];
  const bytes = host.files.read(`${REBOOT}.pkgs`, 64 << 10);
  const names = isFailure(bytes)
    ? []
    : [
        ...new Set(
          textOf(bytes)
            .split('\n')
            .filter((line) => line !== ''),
        ),
      ];
  const state = names.length === 0 ? 'wanted' : `wanted by ${names.slice(0, 10).join(', ')}`;
  return [
    { name: 'a reboot', architecture: '', version: '', state, held: false, securityUpdate: '', database: REBOOT },
  ];
}

function keyOf(name: string, architecture: string): string {
  return `${name} ${architecture}`;
}

function stampOf({ inode, ctimeMs, sizeBytes }: FileStat): string {
  return `${inode} ${ctimeMs} ${sizeBytes}`;
}
