/** The built page, held in memory: once root is given up, nothing is read from the disk any more. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** One file as it goes out. `kept`: its name changes with its content, so a browser may keep it for ever. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly kept: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const MAX_BYTES = 4 * 1024 * 1024;

/** The files under `folder` by URL path ("/", "/assets/x.js"); throws when it was not built or is more than 4 MiB. */
export function loadPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  let totalBytes = 0;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const type = TYPES[extname(path)];
    if (type === undefined || !statSync(join(folder, path)).isFile()) continue;
    const body = new Uint8Array(readFileSync(join(folder, path)));
    totalBytes += body.length;
    if (totalBytes > MAX_BYTES) throw new Error(`Cannot load the page: "${folder}" holds more than ${MAX_BYTES} bytes`);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    files.set(path === 'index.html' ? '/' : `/${path}`, { body, type, etag, kept: path.startsWith('assets/') });
  }
  if (!files.has('/')) throw new Error(`Cannot load the page: "${join(folder, 'index.html')}" is missing`);
  return files;
}

const META = '<meta name="telltale-command" content="telltale" />';

/**
 * The files with what is typed on the host in the first of them. Whoever is not logged in learns only that it is a clone:
 * the whole path comes with the overview.
 */
export function withCommand(files: ReadonlyMap<string, PageFile>, command: string): ReadonlyMap<string, PageFile> {
  const index = files.get('/');
  if (index === undefined || command === 'telltale') return files;
  const text = new TextDecoder().decode(index.body).replace(META, META.replace('"telltale"', '"bin/telltale"'));
  return new Map([
    ...files,
    ['/', { ...index, body: new TextEncoder().encode(text), etag: index.etag.replace(/"$/, '-c"') }],
  ]);
}
