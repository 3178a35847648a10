/** What is odd about a file in itself, wherever it lies: one word each, so that a change of it is a change of the row. */

import type { DeepStat } from '#model/integrity.ts';
import { isInOpenPlace, isSystem } from './file-places.ts';

/** As told in the column `signs`. */
export type FileSign =
  | 'setuid'
  | 'setgid'
  | 'capabilities'
  | 'writable by everyone'
  | 'unowned'
  | 'immutable'
  | 'append only'
  | 'program in open place'
  | 'hidden program'
  | 'misleading name'
  | 'changed in the future'
  | 'time set back';

/** What can be known of a file without its place in the watch. */
export interface Looked {
  readonly path: string;
  readonly stat: DeepStat;
  readonly program: ProgramKind;
  /** As getcap prints them; "" for none. */
  readonly capabilities: string;
  /** Its user or group is in no list of accounts. */
  readonly unowned: boolean;
  readonly nowMs: number;
}

/** By the first bytes. */
export type ProgramKind = 'binary' | 'script' | '';

const DAY_MS = 86_400_000;
/** Only dots and blanks, blanks at an end, or characters that are not seen. */
const MISLEADING = /^(?:\.{3,}|[. ]*\s[. ]*|\s.*|.*\s|.*[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0].*)$/u;

/** elf(5), execve(2). */
export function programKind(head: Uint8Array): ProgramKind {
  if (head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46) return 'binary';
  return head[0] === 0x23 && head[1] === 0x21 ? 'script' : '';
}

/** First bytes that `isBuildPart` looks at. */
export const ELF_HEAD_BYTES = 18;
const [RELOCATABLE, CORE] = [1, 4];

/**
 * The dump of a program, or what a compiler has not linked yet: cannot be run, and builds make thousands of them in /tmp.
 * A module of the kernel is of the second kind too, and no part of a build that ends there: elf(5), e_type.
 */
export function isBuildPart(head: Uint8Array, path: string): boolean {
  if (programKind(head) !== 'binary' || head.length < ELF_HEAD_BYTES) return false;
  const [low, high] = head[5] === 2 ? [head[17], head[16]] : [head[16], head[17]];
  if (high !== 0) return false;
  return low === CORE || (low === RELOCATABLE && path.endsWith('.o'));
}

/** Whether the first bytes are needed to judge it: they cost more than everything else. */
export function needsHead(path: string, { type, sizeBytes }: DeepStat): boolean {
  return type === 'file' && sizeBytes >= 4 && (isInOpenPlace(path) || isHidden(path));
}

/** Only what can be run can have capabilities that matter. */
export function needsAttributes({ type, mode }: DeepStat): boolean {
  return type === 'file' && (mode & 0o111) !== 0;
}

export function signsOf(looked: Looked): readonly FileSign[] {
  return [...rightsSigns(looked), ...systemSigns(looked), ...placeSigns(looked)];
}

function* rightsSigns({ stat, capabilities }: Looked): Generator<FileSign> {
  const { type, mode } = stat;
  if (type === 'file' && (mode & 0o4000) !== 0) yield 'setuid';
  // Without the right to run it the bit once meant mandatory locking.
  if (type === 'file' && (mode & 0o2010) === 0o2010) yield 'setgid';
  if (capabilities !== '') yield 'capabilities';
  if (stat.immutable) yield 'immutable';
  if (stat.appendOnly && type === 'file') yield 'append only';
}

function* systemSigns({ path, stat, unowned, nowMs }: Looked): Generator<FileSign> {
  if (!isSystem(path)) return;
  if (isOpen(stat)) yield 'writable by everyone';
  if (unowned) yield 'unowned';
  if (stat.type === 'file' && stat.mtimeMs > nowMs + DAY_MS) yield 'changed in the future';
}

/** A folder in which only owners may delete (sticky) is open by intent. */
function isOpen({ type, mode }: DeepStat): boolean {
  if ((mode & 0o002) === 0) return false;
  return type === 'file' || (type === 'directory' && (mode & 0o1000) === 0);
}

function* placeSigns({ path, program }: Looked): Generator<FileSign> {
  if (program !== '' && isInOpenPlace(path)) yield 'program in open place';
  if (program === 'binary' && isHidden(path)) yield 'hidden program';
  if (MISLEADING.test(path.slice(path.lastIndexOf('/') + 1))) yield 'misleading name';
}

/**
 * Whose name begins with a dot; in places of the system also what lies in such a folder, but for people's own and for
 * the symbols that debuggers look up by build id.
 */
function isHidden(path: string): boolean {
  if (path.charAt(path.lastIndexOf('/') + 1) === '.') return true;
  if (!path.includes('/.') || path.startsWith('/root/') || path.startsWith('/usr/lib/debug/.build-id/')) return false;
  return isInOpenPlace(path) || isSystem(path);
}

/** Whether a closer look may find anything; asked for every file of the machine. */
export function mayBeOdd(path: string, stat: DeepStat, unowned: boolean): boolean {
  const { mode, type, immutable, appendOnly } = stat;
  if ((mode & 0o6000) !== 0 || immutable || appendOnly || needsHead(path, stat)) return true;
  if ((unowned || isOpen(stat)) && type !== 'symlink' && isSystem(path)) return true;
  return MISLEADING.test(path.slice(path.lastIndexOf('/') + 1));
}
