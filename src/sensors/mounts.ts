/** Watches what is mounted, and what will be at boot: see docs/sensors/mounts.md. */

import { type FstabLine, parseFstab } from '#formats/fstab.ts';
import { isMountNoise, isTrigger } from '#formats/mount-noise.ts';
import { type Mount, parseMountinfo } from '#formats/mountinfo.ts';
import { shorten } from '#lib/escape.ts';
import type { Parsed } from '#lib/parse-lines.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { readText, valueOf } from './host-file.ts';
import { mounterNow, noMounter } from './mount-makers.ts';
import { HIDDEN, type MountRow, mounts } from './mount-table.ts';
import { hearStirrings } from './stir-listener.ts';

const FSTAB = '/etc/fstab';
const OWN = '/proc/self/mountinfo';
const FIRST = '/proc/1/mountinfo';
/** Rows at most; what is beyond is a gap. */
const MAX_ROWS = 2000;

/** Folders that programs and services trust: whoever covers one decides what they find there. */
const SYSTEM =
  /^\/(?:bin|sbin|lib|lib32|lib64|libx32|usr|etc|root|boot|var\/log|var\/lib\/dpkg|var\/spool\/cron|var\/lib\/systemd|lost\+found)(?:\/|$)/;
/** A process, or a file by which the kernel tells of itself. */
const PROCESS = /^\/proc\/\d+(?:\/|$)/;
const KERNEL_FILE = /^\/(?:proc|sys)\/./;
/** By which the kernel tells of everything: a second mount there decides what anybody sees. */
const KERNEL_ROOT = /^\/(?:proc|sys|dev)$/;
/** proc(5): whoever is not root sees none but his own. */
const HIDEPID = /^hidepid=(?!0$|off$)/;
/** Stand on every host. */
const USUAL_BELOW =
  /^\/(?:proc\/sys\/fs\/binfmt_misc|sys\/fs\/(?:cgroup(?:\/.*)?|bpf|fuse\/connections|pstore|selinux|resctrl)|sys\/kernel\/(?:security|debug|tracing|debug\/tracing|config)|sys\/firmware\/efi\/efivars)$/;

/** Text of both tables, and the rows of that text: an idle look compares two texts. */
const kept = new WeakMap<
  object,
  { readonly key: unknown; readonly rows: readonly MountRow[]; readonly gaps: readonly Gap[] }
>();

export default defineSensor<MountRow>({
  name: 'mounts',
  doc: 'Reads the mount tables of process 1 and of our own, and fstab.',
  everyMs: 10_000,
  table: mounts,
  async look(host) {
    const gaps: Gap[] = [];
    const texts = readTables(host, gaps);
    const lines = valueOf(readText(host, FSTAB, parseFstab), gaps);
    const before = kept.get(host);
    const by = texts.by;
    // A machine that runs has mounts: /proc itself is covered, and nothing that is read there can be believed.
    if (texts.texts.length === 0 && before !== undefined && host.kernel !== undefined)
      return {
        rows: withCover(host, before.rows),
        gaps: [...gaps, { what: OWN, why: 'is gone: /proc is covered' }],
        by,
      };
    if (before !== undefined && sameKey(before.key, [...texts.texts, lines]))
      return { rows: before.rows, gaps: [...gaps, ...before.gaps], by };
    const found: Gap[] = [];
    const rows = withMounters(host, rowsOf(texts.texts, lines, found), before?.rows);
    kept.set(host, { key: [...texts.texts, lines], rows, gaps: found });
    return { rows, gaps: [...gaps, ...found], by };
  },
});

export const mountListener = hearStirrings({
  name: 'mounts',
  doc: 'The kernel says when anything is mounted, unmounted or mounted anew.',
  table: 'mounts',
  of: 'mounts',
  by: 'mountinfo',
});

/** Who was heard a moment ago did what is new since the last look; of what was there before nobody knows more than then. */
function withMounters(
  host: Host,
  rows: readonly MountRow[],
  before: readonly MountRow[] | undefined,
): readonly MountRow[] {
  if (before === undefined) return rows;
  const known = new Map(before.map((row) => [keyOf(row), row]));
  return rows.map((row) => {
    const old = known.get(keyOf(row));
    const same = old?.layers === row.layers && old.allows.join() === row.allows.join();
    const { mounter, user, uid, pid, comm, cmdline, parents, unit, session, startedMs } =
      old !== undefined && same ? old : row.kind === 'mount' ? mounterNow(host) : noMounter;
    return { ...row, mounter, user, uid, pid, comm, cmdline, parents, unit, session, startedMs };
  });
}

function sameKey(before: unknown, now: readonly unknown[]): boolean {
  return Array.isArray(before) && before.length === now.length && before.every((part, at) => part === now[at]);
}

/** What stood before, and what must lie over /proc now. */
function withCover(host: Host, before: readonly MountRow[]): readonly MountRow[] {
  const cover = { kind: 'mount', point: '/proc', type: 'unknown', part: '/', allows: [], layers: 1, over: '/proc' };
  const row = { ...cover, source: '', inFstab: false, view: 'own', file: '', ...mounterNow(host) };
  return [...before.filter((other) => keyOf(other) !== keyOf(row)), row];
}

/** That of process 1 first; ours as well where it differs: a unit with a sandbox has a mount namespace of its own. */
function readTables(host: Host, gaps: Gap[]): { readonly texts: readonly string[]; readonly by: string } {
  const first = host.files.readlink('/proc/1/ns/mnt');
  const own = host.files.readlink('/proc/self/ns/mnt');
  const differ = !isFailure(first) && !isFailure(own) && first !== own;
  const texts: string[] = [];
  for (const path of differ ? [FIRST, OWN] : [OWN]) {
    const bytes = host.files.read(path);
    if (!isFailure(bytes)) texts.push(bytes.toString('latin1'));
    else if (bytes.error !== 'ENOENT') gaps.push({ what: path, why: bytes.error });
  }
  return { texts, by: differ ? 'mountinfo of process 1 and our own' : 'mountinfo' };
}

function rowsOf(texts: readonly string[], fstab: Parsed<FstabLine> | undefined, gaps: Gap[]): readonly MountRow[] {
  const lines = (fstab?.rows ?? []).filter(({ source }) => source !== '');
  const planned = new Set(lines.map(({ point }) => point));
  const rows = new Map<string, MountRow>();
  for (const [at, text] of texts.entries()) {
    const view = at === 0 ? 'host' : 'own';
    for (const [key, row] of standing(text, { planned, view }, gaps)) if (!rows.has(key)) rows.set(key, row);
  }
  for (const row of lines.map(bootRow)) rows.set(keyOf(row), row);
  for (const line of fstab?.rejects.slice(0, 3) ?? [])
    gaps.push({ what: FSTAB, why: `unreadable line "${shorten(line, 80)}"` });
  if (rows.size > MAX_ROWS) gaps.push({ what: OWN, why: `more than ${MAX_ROWS} mounts: the rest is not shown` });
  return [...rows.values()].slice(0, MAX_ROWS);
}

interface Seen {
  readonly planned: ReadonlySet<string>;
  readonly view: MountRow['view'];
}

/** Mounts of one table by key; the same over itself is one row with more layers. */
function standing(text: string, { planned, view }: Seen, gaps: Gap[]): ReadonlyMap<string, MountRow> {
  const { rows, rejects } = parseMountinfo(text);
  for (const line of rejects.slice(0, 3)) gaps.push({ what: OWN, why: `unreadable line "${shorten(line, 80)}"` });
  const byKey = new Map<string, MountRow>();
  const points = new Set<string>();
  const triggers = new Set(rows.filter(isTrigger).map(({ point }) => point));
  for (const mount of rows) {
    if (isMountNoise(mount) || (triggers.has(mount.point) && mount.root === '/')) continue;
    const made = mountRow(mount, planned, view);
    const row = KERNEL_ROOT.test(mount.point) && points.has(mount.point) ? { ...made, over: mount.point } : made;
    points.add(mount.point);
    const same = byKey.get(keyOf(row));
    byKey.set(keyOf(row), same === undefined ? row : { ...row, layers: same.layers + 1 });
  }
  return byKey;
}

function keyOf({ kind, point, type, part }: MountRow): string {
  return [kind, point, type, part].join('\0');
}

function mountRow(mount: Mount, planned: ReadonlySet<string>, view: MountRow['view']): MountRow {
  const { point, type, root, source } = mount;
  return {
    kind: 'mount',
    point,
    type,
    part: root,
    allows: [
      ...allowed([...mount.options, ...mount.superOptions.filter((option) => option === 'ro')]),
      ...(type === 'proc' && mount.superOptions.some((option) => HIDEPID.test(option)) ? [HIDDEN] : []),
    ],
    layers: 1,
    over: hidesNothing(mount, view) ? '' : coveredBy(point),
    source,
    inFstab: planned.has(point),
    view,
    file: '',
    ...noMounter,
  };
}

function bootRow({ source, point, type, options }: FstabLine): MountRow {
  return {
    kind: 'at boot',
    point,
    type,
    part: source,
    allows: allowed(options),
    layers: 1,
    over: coveredBy(point),
    source,
    inFstab: true,
    view: 'host',
    file: FSTAB,
    ...noMounter,
  };
}

/** What each option says of which rights; mount(8). */
const said: Readonly<Record<string, readonly (readonly [right: string, may: boolean])[]>> = {
  noexec: [['run programs', false]],
  exec: [['run programs', true]],
  nosuid: [['setuid', false]],
  suid: [['setuid', true]],
  nodev: [['devices', false]],
  dev: [['devices', true]],
  user: [
    ['run programs', false],
    ['setuid', false],
    ['devices', false],
  ],
  users: [
    ['run programs', false],
    ['setuid', false],
    ['devices', false],
  ],
  owner: [
    ['setuid', false],
    ['devices', false],
  ],
  group: [
    ['setuid', false],
    ['devices', false],
  ],
};

/** The last word for or against each right wins; of "ro" of the mount and of the file system one is enough. */
function allowed(options: readonly string[]): readonly string[] {
  const rights = new Map([
    ['write', !options.includes('ro')],
    ['run programs', true],
    ['setuid', true],
    ['devices', true],
  ]);
  for (const option of options) for (const [right, may] of said[option] ?? []) rights.set(right, may);
  return [...rights].flatMap(([right, may]) => (may ? [right] : []));
}

/** A folder bound on itself shows what was there; a sandbox of systemd closes folders to us, and to nobody else. */
function hidesNothing({ point, root }: Mount, view: MountRow['view']): boolean {
  return root === point || (view === 'own' && root.startsWith('/systemd/inaccessible/'));
}

function coveredBy(point: string): string {
  if (SYSTEM.test(point) || PROCESS.test(point)) return point;
  return KERNEL_FILE.test(point) && !USUAL_BELOW.test(point) ? point : '';
}
