/** Watches which scripts lie below the folders of web servers: see docs/sensors/web-scripts.md. */

import { setImmediate } from 'node:timers/promises';
import { languageInside, languageOf, webRootsIn, webTricksOf } from '#formats/web-script.ts';
import { textOf } from '#lib/text-of.ts';
import type { Gap } from '#model/gap.ts';
import { type FileStat, type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';

export const webScripts = defineTable({
  name: 'web-scripts',
  doc: 'Scripts below the folders of web servers, and files that change what is run there.',
  slot: ['path'],
  file: 'path',
  columns: {
    path: ['text', 'The file', 'identity'],
    language: ['text', 'PHP, JSP, CGI …, or settings for .htaccess and its kin', 'compared'],
    owner: ['text', 'Who owns it', 'compared'],
    mode: ['text', 'Permissions in octal, e.g. 0644'],
    webOwned: ['bool', 'The user of the web server owns it, or everyone may write to it', 'compared'],
    changedMs: ['time', 'When its content or its rights changed last', 'compared'],
    sizeBytes: ['int', 'Its size'],
    tricks: ['list', 'Words that web shells are made of; only looked for in what came or changed after the first look'],
    root: ['text', 'The folder of the web server in which it was found'],
  },
});

/** A row of `web-scripts`. */
export type WebScriptRow = NonNullable<(typeof webScripts)['row']>;

const ROOTS = [
  '/var/www',
  '/srv/www',
  '/srv/http',
  '/usr/share/nginx/html',
  '/usr/lib/cgi-bin',
  '/var/lib/tomcat9/webapps',
  '/var/lib/tomcat10/webapps',
];
const CONFIGS = [
  '/etc/nginx/nginx.conf',
  '/etc/nginx/conf.d',
  '/etc/nginx/sites-enabled',
  '/etc/apache2/sites-enabled',
  '/etc/apache2/conf-enabled',
  '/etc/httpd/conf',
  '/etc/httpd/conf.d',
  '/etc/lighttpd/lighttpd.conf',
];
/** Folders that hold the system: a configuration that names one of them is not followed. */
const TOO_WIDE = /^\/(?:usr|etc|bin|sbin|lib|lib64|proc|sys|dev|boot|run|tmp|var|home|root|opt|srv|mnt|media)?$/;
const WEB_USERS = new Set([
  'www-data',
  'apache',
  'nginx',
  'http',
  'httpd',
  'wwwrun',
  'lighttpd',
  'caddy',
  'tomcat',
  'nobody',
  'php-fpm',
  '_www',
]);
const EVERY_MS = 600_000;
/** Scripts told as rows, files looked at in one walk, folders deep, bytes read of one file. */
const MAX_ROWS = 5000;
const MAX_FILES = 100_000;
const MAX_DEPTH = 24;
const MAX_READ_BYTES = 1 << 20;

interface Kept {
  readonly stamp: string;
  readonly row: WebScriptRow;
}

interface Memo {
  files: Map<string, Kept>;
  gaps: readonly Gap[];
  roots: readonly string[];
  /** Files whose name says nothing and whose content is a script. */
  readonly disguised: Set<string>;
  /** Touched since the last look, by file events. */
  readonly touched: Set<string>;
  /** More was touched than is remembered, or events were lost. */
  walkAll: boolean;
  walkedMs: number;
  first: boolean;
}

const memos = new WeakMap<Host, Memo>();

function memoOf(host: Host): Memo {
  const memo = memos.get(host) ?? {
    files: new Map(),
    gaps: [],
    roots: [],
    disguised: new Set(),
    touched: new Set(),
    walkAll: true,
    walkedMs: -Infinity,
    first: true,
  };
  memos.set(host, memo);
  return memo;
}

/** Is it a row, a script by its name, or something else that holds a script? The last question reads the file. */
export function isWebScript(host: Host, path: string): boolean {
  const { files, disguised } = memoOf(host);
  if (files.has(path) || disguised.has(path) || languageOf(path.slice(path.lastIndexOf('/') + 1)) !== '') return true;
  const bytes = host.files.read(path, MAX_READ_BYTES);
  return !isFailure(bytes) && languageInside(bytes.toString('latin1')) !== '';
}

/** Told by the listener: this was touched, so the next look reads it, whatever its name; `undefined` after a loss. */
export function touchWebFile(host: Host, path: string | undefined): void {
  const memo = memoOf(host);
  if (path === undefined || memo.touched.size >= MAX_ROWS) memo.walkAll = true;
  else memo.touched.add(path);
}

/** Folders of pages: the usual ones that are there, and those that configurations name. */
export function webRoots(host: Host): readonly string[] {
  const named = CONFIGS.flatMap((path) => textsAt(host, path)).flatMap(webRootsIn);
  const roots = [...new Set([...ROOTS, ...named])].filter((path) => !TOO_WIDE.test(path) && !path.includes('\0'));
  const outer = roots.filter((path) => !roots.some((other) => path.startsWith(`${other}/`)));
  return outer.filter((path) => !isFailure(host.files.list(path)));
}

function textsAt(host: Host, path: string): string[] {
  const names = host.files.list(path);
  const files = isFailure(names) ? [path] : names.slice(0, 500).map((name) => `${path}/${name}`);
  return files.flatMap((file) => {
    const bytes = host.files.read(file, MAX_READ_BYTES);
    return isFailure(bytes) ? [] : [textOf(bytes)];
  });
}

export default defineSensor<WebScriptRow>({
  name: 'web-scripts',
  doc: 'Walks the folders of web servers for scripts.',
  everyMs: EVERY_MS,
  looksAtHeard: true,
  longestLookMs: 120_000,
  table: webScripts,
  async look(host, signal) {
    const memo = memoOf(host);
    const nowMs = host.clock.monotonicMs();
    const all = memo.walkAll || memo.touched.size === 0 || nowMs - memo.walkedMs >= EVERY_MS;
    const touched = [...memo.touched];
    memo.touched.clear();
    if (all) await walkAll(host, memo, new Set(touched), signal);
    else await readTouched(host, memo, touched, signal);
    return { rows: [...memo.files.values()].map(({ row }) => row), gaps: memo.gaps, by: 'files' };
  },
});

async function walkAll(host: Host, memo: Memo, touched: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  memo.walkAll = false;
  memo.walkedMs = host.clock.monotonicMs();
  memo.roots = webRoots(host);
  const walk = new Walk(host, memo, touched);
  for (const root of memo.roots) await walk.folder(root, { root, depth: 0, signal });
  memo.files = walk.files;
  memo.gaps = walk.gaps;
  memo.first = false;
}

/** Only what events told of: a walk through a hundred thousand pictures for each of them would cost too much. */
async function readTouched(host: Host, memo: Memo, touched: readonly string[], signal: AbortSignal): Promise<void> {
  const walk = new Walk(host, memo, new Set(touched), memo.files);
  for (const path of touched) {
    const root = memo.roots.find((folder) => path.startsWith(`${folder}/`));
    if (root === undefined) continue;
    const stat = host.files.stat(path);
    for (const file of memo.files.keys()) if (file === path || file.startsWith(`${path}/`)) memo.files.delete(file);
    if (isFailure(stat)) continue;
    if (stat.type === 'directory') await walk.folder(path, { root, depth: 0, signal });
    else if (stat.type === 'file') walk.file(path, stat, root);
  }
}

class Walk {
  readonly files: Map<string, Kept>;
  readonly gaps: Gap[] = [];
  readonly #host: Host;
  readonly #memo: Memo;
  readonly #touched: ReadonlySet<string>;
  readonly #before: ReadonlyMap<string, Kept>;
  #seen = 0;

  constructor(host: Host, memo: Memo, touched: ReadonlySet<string>, files = new Map<string, Kept>()) {
    this.#host = host;
    this.#memo = memo;
    this.#touched = touched;
    this.#before = new Map(memo.files);
    this.files = files;
  }

  /** Links are not followed: what they lead to is elsewhere, and they may form a circle. */
  async folder(
    path: string,
    at: { readonly root: string; readonly depth: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const names = this.#host.files.list(path);
    if (isFailure(names)) {
      if (names.error !== 'ENOENT') this.#gap(path, names.error);
      return;
    }
    for (const name of names) {
      if (this.#seen >= MAX_FILES || at.depth > MAX_DEPTH) {
        this.#gap(at.root, `more than ${MAX_FILES} files or ${MAX_DEPTH} folders deep: the rest is not looked at`);
        return;
      }
      this.#seen += 1;
      if (this.#seen % 500 === 0) {
        await setImmediate();
        at.signal.throwIfAborted();
      }
      const file = `${path}/${name}`;
      const stat = this.#host.files.stat(file);
      if (isFailure(stat)) continue;
      if (stat.type === 'directory') await this.folder(file, { ...at, depth: at.depth + 1 });
      else if (stat.type === 'file') this.file(file, stat, at.root);
    }
  }

  file(path: string, stat: FileStat, root: string): void {
    const { disguised } = this.#memo;
    const language = languageOf(path.slice(path.lastIndexOf('/') + 1));
    const looked = language !== '' || disguised.has(path) || this.#touched.has(path);
    if (!looked) return;
    if (this.files.size >= MAX_ROWS) {
      this.#gap(root, `more than ${MAX_ROWS} scripts: the rest is not compared`);
      return;
    }
    const stamp = `${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes}`;
    const known = this.#before.get(path);
    const kept = known?.stamp === stamp ? known : this.#read(path, { stat, root, stamp, language });
    if (kept !== undefined) this.files.set(path, kept);
  }

  #read(path: string, of: { stat: FileStat; root: string; stamp: string; language: string }): Kept | undefined {
    const { stat, root, stamp } = of;
    const bytes =
      this.#memo.first || stat.sizeBytes > MAX_READ_BYTES ? undefined : this.#host.files.read(path, MAX_READ_BYTES);
    const text = bytes === undefined || isFailure(bytes) ? '' : bytes.toString('latin1');
    const inside = of.language === '' ? languageInside(text) : '';
    if (inside !== '') this.#memo.disguised.add(path);
    else if (of.language === '') {
      this.#memo.disguised.delete(path);
      return undefined;
    }
    const owner = this.#host.userName(stat.uid);
    const row = {
      path,
      language: of.language === '' ? `${inside} under a false name` : of.language,
      owner,
      mode: `0${(stat.mode & 0o7777).toString(8).padStart(3, '0')}`,
      webOwned: WEB_USERS.has(owner) || (stat.mode & 0o002) !== 0,
      changedMs: Math.trunc(stat.ctimeMs),
      sizeBytes: stat.sizeBytes,
      tricks: webTricksOf(text),
      root,
    };
    return { stamp, row };
  }

  #gap(what: string, why: string): void {
    if (!this.gaps.some((gap) => gap.what === what)) this.gaps.push({ what, why });
  }
}
