/** Watches which kernel modules are loaded, from three sides that a rootkit must all hide from: see docs/sensors/modules.md. */

import { taintWords } from '#formats/kernel-taint.ts';
import { type LoadedModule, parseModules, parseModulesDep } from '#formats/proc-modules.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { readText, valueOf } from './host-file.ts';
import { loaderOf } from './module-loaders.ts';
import { forgetSymbols, moduleSymbols } from './module-symbols.ts';
import { type ModuleRow, modules } from './module-table.ts';

const LIST = '/proc/modules';
const FOLDER = '/sys/module';
const SYMBOLS = '/proc/kallsyms';
/** Rows at most; a host has 50 to 300. */
const MAX_ROWS = 2000;
const MAX_BYTES = 256;

interface Remembered {
  /** Folders below /sys/module of what is built in: they never become modules while the host is up. */
  readonly builtIn: Set<string>;
  /** By name; `inode` of its folder, which is another one when it was taken out and loaded again. */
  readonly versions: BoundedMap<string, { readonly inode: number; readonly version: string }>;
}
const memories = new WeakMap<object, Remembered>();

/** A kernel without modules has no /proc/modules, and that is no gap. */
export default defineSensor<ModuleRow>({
  name: 'modules',
  doc: 'Reads /proc/modules, /sys/module and the symbols of modules, and which package ships each module.',
  everyMs: 10_000,
  table: modules,
  async look(host) {
    const gaps: Gap[] = [];
    const memory = memories.get(host) ?? { builtIn: new Set(), versions: new BoundedMap(MAX_ROWS) };
    memories.set(host, memory);
    const listed = readList(host, gaps);
    if (listed === undefined) return { rows: [], gaps, by: LIST };
    let view = compareViews(host, memory, await withSymbols(host, listed, gaps));
    // A module that is being loaded or taken out stands on one side only for a moment: asked again, it does not.
    if (view.hidden.size > 0 || view.absent.size > 0) {
      if (view.bySymbols) forgetSymbols(host);
      view = compareViews(host, memory, await withSymbols(host, readList(host, []) ?? listed, []));
    }
    const files = moduleFiles(host, gaps);
    const rows = [...view.rows]
      .slice(0, MAX_ROWS)
      .map(([name, found]) => rowOf(host, { name, ...found }, files, memory));
    if (view.rows.size > MAX_ROWS)
      gaps.push({ what: LIST, why: `more than ${MAX_ROWS} modules: the rest is not shown` });
    return { rows, gaps, by: `${LIST} and ${FOLDER}` };
  },
});

interface List {
  readonly rows: readonly LoadedModule[];
  /** Names of lines that could not be read. */
  readonly unreadable: ReadonlySet<string>;
}

/** The list, and the modules that the kernel has symbols of. */
interface Sides extends List {
  readonly symbols: ReadonlySet<string>;
}

const none: List = { rows: [], unreadable: new Set() };

async function withSymbols(host: Host, list: List, gaps: Gap[]): Promise<Sides> {
  // A kernel that takes no modules has none to hide.
  if (list === none) return { ...list, symbols: new Set() };
  const names = list.rows.map(({ name, state }) => `${name} ${state}`);
  return { ...list, symbols: await moduleSymbols(host, names, gaps) };
}

/** Empty where this kernel takes no modules; undefined where the list cannot be read: then nothing is known to be hidden. */
function readList(host: Host, gaps: Gap[]): List | undefined {
  const bytes = host.files.read(LIST);
  if (isFailure(bytes)) {
    if (bytes.error === 'ENOENT') return none;
    gaps.push({ what: LIST, why: bytes.error });
    return undefined;
  }
  const { rows, rejects } = parseModules(bytes.toString('latin1'));
  for (const line of rejects.slice(0, 5)) gaps.push({ what: LIST, why: `unreadable line "${line.slice(0, 80)}"` });
  // A line that we cannot read hides nothing: its module is in the list.
  return { rows, unreadable: new Set(rejects.map((line) => line.split(' ', 1)[0] ?? '')) };
}

interface Found {
  readonly module: LoadedModule | undefined;
  readonly seenIn: string;
}

interface View {
  readonly rows: ReadonlyMap<string, Found>;
  /** In /sys/module, or used by a module, but not in the list. */
  readonly hidden: ReadonlySet<string>;
  /** In the list, but not in /sys/module. */
  readonly absent: ReadonlySet<string>;
  /** One of them is known by its symbols alone. */
  readonly bySymbols: boolean;
}

function compareViews(host: Host, memory: Remembered, { rows: listed, unreadable, symbols }: Sides): View {
  const folders = foldersOf(host, memory, new Set(listed.map(({ name }) => name)));
  const rows = new Map<string, Found>();
  const hidden = new Set<string>();
  const absent = new Set<string>();
  for (const module of listed) {
    // A module that comes or goes has its folder for a part of the time only.
    const missing = folders !== undefined && !folders.has(module.name) && module.state === 'Live';
    if (missing) absent.add(module.name);
    rows.set(module.name, { module, seenIn: missing ? LIST : '' });
  }
  for (const [name, seenIn] of seenElsewhere(folders ?? [], symbols, listed)) {
    if (rows.has(name) || unreadable.has(name)) continue;
    hidden.add(name);
    rows.set(name, { module: undefined, seenIn });
  }
  const bySymbols = [...rows.values()].some(({ seenIn }) => seenIn === SYMBOLS);
  return { rows, hidden, absent, bySymbols };
}

/** Names by other ways than the list, and by which. */
function seenElsewhere(
  folders: Iterable<string>,
  symbols: Iterable<string>,
  listed: readonly LoadedModule[],
): readonly (readonly [name: string, seenIn: string])[] {
  const users = listed.flatMap(({ name, usedBy }) => usedBy.map((user) => [user, `users of ${name}`] as const));
  const bySymbols = Array.from(symbols, (name) => [name, SYMBOLS] as const);
  return [...Array.from(folders, (name) => [name, FOLDER] as const), ...users, ...bySymbols];
}

/** Modules that have a folder below /sys/module; what is built in has no `initstate` there. Undefined: not readable. */
function foldersOf(host: Host, memory: Remembered, listed: ReadonlySet<string>): ReadonlySet<string> | undefined {
  const names = host.files.list(FOLDER);
  if (isFailure(names)) return undefined;
  const folders = new Set<string>();
  for (const name of names) {
    if (listed.has(name)) folders.add(name);
    else if (!memory.builtIn.has(name)) {
      const state = host.files.read(`${FOLDER}/${name}/initstate`, MAX_BYTES);
      if (isFailure(state)) memory.builtIn.add(name);
      else if (state.toString('latin1').trim() === 'live') folders.add(name);
    }
  }
  // What was taken for built in and has gone was none: its name may come again.
  const standing = new Set(names);
  for (const name of memory.builtIn) if (!standing.has(name)) memory.builtIn.delete(name);
  return folders;
}

interface Files {
  readonly folder: string;
  /** Undefined where no list of files could be read: then nothing is known of any file. */
  readonly paths: ReadonlyMap<string, string> | undefined;
}

/**
 * Names → paths by modules.dep of the kernel that runs. A unit with ProtectKernelModules sees an empty folder there:
 * then process 1 is asked for its view.
 */
function moduleFiles(host: Host, gaps: Gap[]): Files {
  const release = host.files.read('/proc/sys/kernel/osrelease', MAX_BYTES);
  const folder = `/lib/modules/${isFailure(release) ? 'unknown' : release.toString('latin1').trim()}`;
  const refused: Gap[] = [];
  for (const root of ['', '/proc/1/root']) {
    const paths = valueOf(readText(host, `${root}${folder}/modules.dep`, pathsOf), refused);
    if (paths !== undefined) return { folder, paths };
  }
  gaps.push(...refused.slice(0, 1).map(({ what, why }) => ({ what, why, reduced: true as const })));
  return { folder, paths: undefined };
}

function pathsOf(text: string): ReadonlyMap<string, string> {
  return new Map(parseModulesDep(text).rows.map(({ name, path }) => [name, path]));
}

function rowOf(
  host: Host,
  { name, module, seenIn }: Found & { name: string },
  files: Files,
  memory: Remembered,
): ModuleRow {
  const taint = module?.taint ?? textAt(host, `${FOLDER}/${name}/taint`).replace(/[^A-Z]/g, '');
  const file = fileOf(name, files);
  return {
    name,
    seenIn,
    taint,
    means: taintWords(taint),
    version: versionOf(host, name, memory),
    file,
    ...ownerOf(host, file, files),
    sizeBytes: module?.sizeBytes ?? 0,
    references: module?.references ?? -1,
    usedBy: module?.usedBy ?? [],
    ...loaderOf(host, name, folderInode(host, name)),
  };
}

function fileOf(name: string, { folder, paths }: Files): string {
  const path = paths?.get(name) ?? '';
  return path === '' || path.startsWith('/') ? path : `${folder}/${path}`;
}

function ownerOf(host: Host, file: string, { paths }: Files): Pick<ModuleRow, 'package' | 'packageState'> {
  const known = paths !== undefined && !isFailure(host.files.stat('/var/lib/dpkg/status'));
  if (!known) return { package: '', packageState: 'unknown' };
  const owner = file === '' ? '' : host.packages.ownerOf(file);
  return { package: owner, packageState: owner === '' ? 'unpackaged' : 'packaged' };
}

/** Read once for each load. */
function versionOf(host: Host, name: string, { versions }: Remembered): string {
  const inode = folderInode(host, name);
  const known = versions.get(name);
  if (known?.inode === inode) return known.version;
  const version = textAt(host, `${FOLDER}/${name}/srcversion`);
  versions.set(name, { inode, version });
  return version;
}

function folderInode(host: Host, name: string): number {
  const stat = host.files.stat(`${FOLDER}/${name}`);
  return isFailure(stat) ? 0 : stat.inode;
}

function textAt(host: Host, path: string): string {
  const bytes = host.files.read(path, MAX_BYTES);
  return isFailure(bytes) ? '' : bytes.toString('latin1').trim();
}
