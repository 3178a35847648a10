/** Mounts of a mount namespace: /proc/PID/mountinfo, proc_pid_mountinfo(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';

/** One mount. Paths are text: bytes that are no UTF-8 come as U+FFFD. */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** "MAJOR:MINOR" of the file system. */
  readonly device: string;
  /** Folder of the file system that is mounted; "/" but for bind mounts and subvolumes. */
  readonly root: string;
  readonly point: string;
  /** Of the mount: "rw,nosuid,nodev". */
  readonly options: readonly string[];
  /** "shared:1", "master:2" … */
  readonly propagation: readonly string[];
  /** "ext4", "tmpfs", "fuse.sshfs" … */
  readonly type: string;
  /** Device, server or "none". */
  readonly source: string;
  /** Of the file system. */
  readonly superOptions: readonly string[];
}

/** `text` holds one byte a character (latin1), as names are bytes. In the file's order: later mounts cover earlier ones. */
export function parseMountinfo(text: string): Parsed<Mount> {
  return parseLines(text, parseMount);
}

function parseMount(line: string): Mount | undefined {
  const words = line.split(' ');
  const dash = words.indexOf('-', 6);
  const place = parsePlace(words);
  const filesystem = dash < 0 ? undefined : parseFilesystem(words.slice(dash + 1));
  return place && filesystem && { ...place, ...filesystem, propagation: words.slice(6, dash) };
}

type Place = Pick<Mount, 'id' | 'parentId' | 'device' | 'root' | 'point' | 'options'>;

function parsePlace([idText = '', parentText = '', device = '', ...rest]: string[]): Place | undefined {
  const [root = '', point = '', options = ''] = rest;
  const id = parseUint(idText);
  const parentId = parseUint(parentText);
  if (id === undefined || parentId === undefined || !/^\d{1,10}:\d{1,10}$/.test(device)) return undefined;
  if (!point.startsWith('/')) return undefined;
  return { id, parentId, device, root: unescape(root), point: unescape(point), options: listOf(options) };
}

function parseFilesystem([type, source, options]: string[]):
  | Pick<Mount, 'type' | 'source' | 'superOptions'>
  | undefined {
  if (type === undefined || source === undefined) return undefined;
  return { type: unescape(type), source: unescape(source), superOptions: listOf(options ?? '') };
}

function listOf(text: string): string[] {
  return text === '' ? [] : text.split(',').map(unescape);
}

/** Blank, tab, newline and backslash come as \040 \011 \012 \134 (fs/proc_namespace.c, mangle()). */
function unescape(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
