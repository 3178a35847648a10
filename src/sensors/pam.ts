/** Watches what decides whether somebody is who they say: see docs/sensors/pam.md. */

import { posix } from 'node:path';
import { parseConfig } from '#formats/config-lines.ts';
import { type PamLine, type PamType, type ParsedPam, parsePam } from '#formats/pam-stack.ts';
import { type PamStep, verdictOf } from '#formats/pam-verdict.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import type { OddFile } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { writableBy } from './file-trouble.ts';
import { globFiles } from './glob-files.ts';
import { namesIn, readBytes, readText, valueOf } from './host-file.ts';
import { shippedBy, shortDigest } from './shipped-by.ts';

export const pam = defineTable({
  name: 'pam',
  doc: 'How PAM asks who somebody is: stacks of services, modules, and their settings.',
  slot: ['kind', 'service', 'type'],
  file: 'file',
  columns: {
    kind: ['text', 'stack, module or setting', 'identity'],
    service: ['text', 'Service (file of pam.d); of a module its path; of a setting its file', 'identity'],
    type: ['text', 'auth, account, password or session; of a setting the line', 'identity'],
    steps: ['list', 'Lines of the stack as written, in order; at most 60', 'compared'],
    verdict: [
      'text',
      'Of auth: what becomes of somebody who knows no password, files that are included taken in: refused, accepted, or accepted under a condition',
    ],
    usedBy: ['list', 'Services that include the file; at most 30'],
    content: ['text', 'Of a module: the first 16 digits of its SHA-256', 'compared'],
    state: [
      'text',
      'Of a module: packaged, unpackaged, altered (differs from what the package shipped) or unknown',
      'compared',
    ],
    package: ['text', 'Package that ships the module, or ""'],
    trouble: ['text', 'Who else may write the file', 'compared'],
    file: ['text', 'File that it stands in'],
  },
});

/** A row of `pam`. */
export type PamRow = NonNullable<(typeof pam)['row']>;

const PAM_D = '/etc/pam.d';
/** Where distributions put what /etc does not override: libpam/Makefile, VENDOR_SCONFIGDIR. */
const VENDOR_D = '/usr/lib/pam.d';
const SECURITY = '/etc/security';
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/lib', '/lib64'];
const TYPES: readonly PamType[] = ['auth', 'account', 'password', 'session'];
const MAX_DEPTH = 16;
const MAX_STEPS = 60;
const MAX_EXPANDED = 2000;
const MAX_SERVICES = 400;
const MAX_MODULES = 500;
const MAX_SETTINGS = 300;
const MAX_MODULE_BYTES = 64 << 20;

const plain: Omit<PamRow, 'kind' | 'service' | 'file'> = {
  type: '',
  steps: [],
  verdict: '',
  usedBy: [],
  content: '',
  state: '',
  package: '',
  trouble: '',
};

/** Files of pam.d by name or path, those that others include by path as well. */
type Stacks = ReadonlyMap<string, { readonly path: string; readonly parsed: ParsedPam }>;

export default defineSensor<PamRow>({
  name: 'pam',
  doc: 'Reads pam.d and /etc/security, and holds the modules against their packages.',
  everyMs: 60_000,
  table: pam,
  look(host) {
    const gaps: Gap[] = [];
    const stacks = readStacks(host, gaps);
    const rows = [...stackRows(host, stacks), ...moduleRows(host, stacks, gaps), ...settingRows(host, gaps)];
    return Promise.resolve({ rows, gaps, by: PAM_D });
  },
});

export const pamListener = hearFiles({
  name: 'pam',
  doc: 'Hears of changes of pam.d, /etc/security and the folders of modules.',
  table: 'pam',
  paths(host) {
    const stacks = readStacks(host, []);
    const elsewhere = [...stacks.values()].map(({ path }) => path).filter((path) => !path.startsWith(`${PAM_D}/`));
    return [PAM_D, VENDOR_D, SECURITY, ...moduleFolders(host), ...elsewhere, ...namedModules(stacks)];
  },
});

/** Odd lines of pam.d. */
export function oddPamLines(host: Host): readonly OddFile[] {
  return [...readStacks(host, []).values()].map(({ path, parsed }) => ({ path, odd: parsed.odd, secret: false }));
}

function readStacks(host: Host, gaps: Gap[]): Stacks {
  const stacks = new Map<string, { path: string; parsed: ParsedPam }>();
  const take = (name: string, path: string): void => {
    if (stacks.has(name) || stacks.size >= MAX_SERVICES) return;
    const parsed = valueOf(readText(host, path, parsePam), gaps);
    if (parsed !== undefined) stacks.set(name, { path, parsed });
  };
  for (const folder of [PAM_D, VENDOR_D])
    for (const name of namesIn(host, folder, gaps)) if (!isLeftOver(name)) take(name, `${folder}/${name}`);
  // What is included by its path may lie anywhere, and by its name may be called anything, "x.dpkg-old" too; the map
  // grows while it is walked.
  for (const { parsed } of stacks.values())
    for (const { control, target } of parsed.rows) {
      if (typeof control !== 'string') continue;
      if (target.startsWith('/')) take(target, target);
      else if (isLeftOver(target)) for (const folder of [PAM_D, VENDOR_D]) take(target, `${folder}/${target}`);
    }
  return stacks;
}

function stackRows(host: Host, stacks: Stacks): PamRow[] {
  const rows: PamRow[] = [];
  const users = usersOf(stacks);
  for (const [service, { path, parsed }] of stacks)
    for (const type of TYPES) {
      const lines = parsed.rows.filter((line) => line.type === type || line.type === '');
      // A file with nothing but includes counts for all four; the one line is told once, as auth.
      if (!lines.some((line) => line.type === type) && (type !== 'auth' || lines.length === 0)) continue;
      rows.push({
        ...plain,
        kind: 'stack',
        service,
        type,
        steps: lines.slice(0, MAX_STEPS).map(stepText),
        verdict: type === 'auth' ? verdictOf(stepsOf(stacks, service, type)) : '',
        usedBy: users.get(service) ?? [],
        trouble: writableBy(host, path, 0),
        file: path,
      });
    }
  return rows;
}

function stepText({ type, controlText, target, args, optional }: PamLine): string {
  const words = type === '' ? `${controlText} ${target}` : `${controlText} ${target} ${args}`.trim();
  return `${optional ? '-' : ''}${words}`.slice(0, 300);
}

/** Which services bring a file in, over any number of steps. */
function usersOf(stacks: Stacks): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const [service] of stacks) {
    const reached = new Set<string>();
    const walk = (name: string): void => {
      for (const line of stacks.get(name)?.parsed.rows ?? []) {
        if (typeof line.control !== 'string' || reached.has(line.target)) continue;
        reached.add(line.target);
        walk(line.target);
      }
    };
    walk(service);
    for (const name of reached) {
      const list = users.get(name) ?? [];
      if (list.length < 30) list.push(service);
      users.set(name, list);
    }
  }
  return users;
}

/** `left` bounds the work: a file may include itself many times over. */
function stepsOf(
  stacks: Stacks,
  service: string,
  type: PamType,
  within = { depth: 0, left: { lines: MAX_EXPANDED } },
): readonly PamStep[] {
  const steps: PamStep[] = [];
  const { left } = within;
  if (within.depth > MAX_DEPTH) return steps;
  const deeper = { depth: within.depth + 1, left };
  for (const line of stacks.get(service)?.parsed.rows ?? []) {
    if (line.type !== type && line.type !== '') continue;
    left.lines -= 1;
    if (left.lines < 0) break;
    if (line.control === 'include') steps.push(...stepsOf(stacks, line.target, type, deeper));
    else if (line.control === 'substack') steps.push({ substack: stepsOf(stacks, line.target, type, deeper) });
    else steps.push({ line });
  }
  return steps;
}

function moduleRows(host: Host, stacks: Stacks, gaps: Gap[]): PamRow[] {
  const paths = new Set(moduleFolders(host).flatMap((folder) => globFiles(host, `${folder}/*.so`)));
  for (const path of namedModules(stacks)) paths.add(path);
  if (paths.size > MAX_MODULES)
    gaps.push({ what: 'PAM modules', why: `only ${MAX_MODULES} of ${paths.size} are watched` });
  const rows: PamRow[] = [];
  for (const path of [...paths].slice(0, MAX_MODULES)) {
    const content = valueOf(readBytes(host, path, shortDigest, MAX_MODULE_BYTES), gaps);
    if (content === undefined) continue;
    rows.push({
      ...plain,
      kind: 'module',
      service: path,
      content,
      ...shippedBy(host, path),
      trouble: writableBy(host, path, 0),
      file: path,
    });
  }
  return rows;
}

/** A merged /usr makes /lib a link: the modules are told once. */
function moduleFolders(host: Host): readonly string[] {
  const tops = LIBRARIES.filter((top) => {
    const stat = host.files.stat(top);
    return !isFailure(stat) && stat.type === 'directory';
  });
  return tops.flatMap((top) => [`${top}/security`].concat(globFiles(host, `${top}/*-linux-*/security`)));
}

/** Modules that a stack names by path, outside of the folders for them. */
function namedModules(stacks: Stacks): readonly string[] {
  const paths = [...stacks.values()].flatMap(({ parsed }) =>
    parsed.rows.map(({ control, target }) => ({ control, target })),
  );
  return paths
    .filter(({ control, target }) => typeof control !== 'string' && target.startsWith('/'))
    .map(({ target }) => target)
    .filter((path) => !/^\/(?:usr\/)?lib(?:64)?\/(?:[^/]+\/)?security\/[^/]+$/.test(path));
}

function settingRows(host: Host, gaps: Gap[]): PamRow[] {
  const files = [
    ...globFiles(host, `${SECURITY}/*.conf`),
    ...globFiles(host, `${SECURITY}/*.d/*`).filter((path) => !isLeftOver(posix.basename(path))),
    `${SECURITY}/namespace.init`,
  ];
  const rows: PamRow[] = [];
  for (const file of files) {
    const lines = valueOf(readText(host, file, parseSettings), gaps)?.rows ?? [];
    for (const text of new Set(lines)) rows.push({ ...plain, kind: 'setting', service: file, type: text, file });
  }
  if (rows.length > MAX_SETTINGS)
    gaps.push({ what: SECURITY, why: `only ${MAX_SETTINGS} of ${rows.length} lines are watched` });
  return rows.slice(0, MAX_SETTINGS);
}

function parseSettings(text: string) {
  return parseConfig<string>(text, (raw) => {
    const content = raw.trim().replaceAll(/\s+/g, ' ');
    return content === '' || content.startsWith('#') ? {} : { row: content.slice(0, 300) };
  });
}
