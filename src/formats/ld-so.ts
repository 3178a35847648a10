/** Files of the dynamic loader: ld.so.preload (elf/rtld.c), ld.so.conf (elf/ldconfig.c), ld.so.cache (sysdeps/generic/dl-cache.h). */

import { trimEndOf } from '#lib/trim-end.ts';
import { type ParsedConfig, parseConfig } from './config-lines.ts';

/** Entries in order: names with blanks or colons between, "#" begins a comment to the end of the line. */
export function parsePreload(text: string): readonly string[] {
  return text
    .replaceAll(/#[^\n]*/g, '')
    .split(/[ \t\n:\0]+/)
    .filter((entry) => entry !== '');
}

/** A folder to look in, or patterns of further files. */
export type LdConfLine =
  | { readonly line: number; readonly kind: 'folder'; readonly path: string }
  | { readonly line: number; readonly kind: 'include'; readonly patterns: readonly string[] };

const BLANKS = ' \t\n\v\f\r';

/** One folder a line; "folder=type" and "hwcap" of old are read as ldconfig does. */
export function parseLdConf(text: string): ParsedConfig<LdConfLine> {
  return parseConfig<LdConfLine>(text, (raw, line) => {
    const content = trimmed(raw.replace(/#.*$/, ''));
    if (content === '' || /^hwcap[ \t]/.test(content)) return {};
    const include = /^include[ \t]+(.*)$/.exec(content);
    if (include !== null)
      return {
        row: { line, kind: 'include', patterns: (include[1] ?? '').split(/[ \t]+/).filter((part) => part !== '') },
      };
    const path = folderOf(content);
    const row = { line, kind: 'folder', path } as const;
    return path.startsWith('/') ? { row } : { problem: 'names no absolute folder' };
  });
}

/** Blanks as isspace(3) has them: a folder may end with one of Unicode's. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && BLANKS.includes(text.charAt(start))) start += 1;
  while (end > start && BLANKS.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Up to the first "=", wherever it stands (add_dir_1 in elf/ldconfig.c), and without slashes at its end. */
function folderOf(content: string): string {
  const type = content.indexOf('=');
  const path = type < 0 ? content : content.slice(0, type);
  return `${path.slice(0, 1)}${trimEndOf(trimmed(path).slice(1), '/')}`;
}

const MAGIC = Buffer.from('glibc-ld.so.cache1.1');
const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
const VALUE_AT = 8;

/** Paths of the libraries in the cache; undefined when it is damaged or of a form that is not known. */
export function parseLdCache(bytes: Buffer): readonly string[] | undefined {
  // The form of old may stand before the new one; offsets count from where the new one begins.
  const start = bytes.indexOf(MAGIC);
  if (start < 0 || start + HEADER_BYTES > bytes.length) return undefined;
  const cache = bytes.subarray(start);
  const little = cache.readUInt32LE(20) <= cache.readUInt32BE(20);
  const u32 = (at: number): number => (little ? cache.readUInt32LE(at) : cache.readUInt32BE(at));
  const count = u32(20);
  if (HEADER_BYTES + count * ENTRY_BYTES > cache.length) return undefined;
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = u32(HEADER_BYTES + index * ENTRY_BYTES + VALUE_AT);
    const end = at < cache.length ? cache.indexOf(0, at) : -1;
    if (end < 0) return undefined;
    paths.push(cache.toString('latin1', at, end));
  }
  return paths;
}
