/** Everything that is compared of one file, read only when the kernel says that something about it has changed. */

import { createHash } from 'node:crypto';
import { capabilityText } from '#formats/file-capability.ts';
import { withoutSecrets } from '#formats/withheld.ts';
import { textOf } from '#lib/text-of.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { DeepStat, IntegrityDoor } from '#model/integrity.ts';
import { grows, isInOpenPlace } from './file-places.ts';
import {
  ELF_HEAD_BYTES,
  type FileSign,
  isBuildPart,
  needsAttributes,
  needsHead,
  type ProgramKind,
  programKind,
  signsOf,
} from './file-signs.ts';
import type { FileRow } from './files-table.ts';
import type { GroupNames } from './group-names.ts';

/** A row with what its next reading needs. */
export interface FileFacts {
  readonly row: FileRow;
  /** As long as this is the same nothing about the file is different. */
  readonly stamp: string;
  /** Its text without secrets, where it is small and was read now. */
  readonly text: string | undefined;
}

export interface FactsParts {
  readonly host: Host;
  readonly door: IntegrityDoor;
  readonly groups: GroupNames;
  /** Lets others run between the pieces of a large file. */
  readonly rest: () => Promise<void>;
}

/** Small enough to keep its text, so that a change can be shown line by line. */
const TEXT_BYTES = 64 << 10;
/** Content of larger files is not read: size and times tell of them. */
const MAX_CONTENT_BYTES = 256 << 20;
const SET_BACK_MS = 1000;
const WITHOUT_ATTRIBUTES = { capabilities: '', attributes: '' };

/**
 * Facts of the file now; undefined when it is not there. `before` saves reading what has not changed. Of a file that is
 * not watched the content is not read.
 */
export async function factsOf(
  parts: FactsParts,
  path: string,
  watched: boolean,
  before: FileFacts | undefined,
): Promise<FileFacts | undefined> {
  const stat = parts.door.deep.stat(path);
  if (isFailure(stat)) return undefined;
  const stamp = `${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes} ${stat.mode} ${watched}`;
  if (before?.stamp === stamp) return before;
  const content = watched ? await contentOf(parts, path, stat) : NO_CONTENT;
  const attributes = watched || needsAttributes(stat) ? attributesOf(parts, path) : WITHOUT_ATTRIBUTES;
  const program = needsHead(path, stat) ? programOf(parts, path) : '';
  const row = rowOf(parts, { path, stat, watched, content, program, before, ...attributes });
  return { row, stamp, text: content.text };
}

/** Whether there is anything about it beside its content that makes it a row wherever it lies; cheap. */
export function isOdd({ row }: FileFacts): boolean {
  return row.signs.length > 0;
}

interface Content {
  readonly sha256: string;
  readonly text: string | undefined;
}

const NO_CONTENT: Content = { sha256: '', text: undefined };

async function contentOf({ door, rest }: FactsParts, path: string, stat: DeepStat): Promise<Content> {
  if (stat.type !== 'file' || grows(path)) return NO_CONTENT;
  if (stat.sizeBytes > MAX_CONTENT_BYTES) return { sha256: `too large: ${stat.sizeBytes} bytes`, text: undefined };
  if (stat.sizeBytes > TEXT_BYTES) {
    const sha256 = await door.deep.digest(path, 'sha256', rest);
    return { sha256: isFailure(sha256) ? `unreadable: ${sha256.error}` : sha256, text: undefined };
  }
  const bytes = door.deep.head(path, TEXT_BYTES);
  if (isFailure(bytes)) return { sha256: `unreadable: ${bytes.error}`, text: undefined };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, text: bytes.includes(0) ? undefined : withoutSecrets(path, textOf(bytes)) };
}

function attributesOf({ door }: FactsParts, path: string): typeof WITHOUT_ATTRIBUTES {
  const found = door.deep.attributes(path);
  if (isFailure(found) || found.size === 0) return WITHOUT_ATTRIBUTES;
  const digest = createHash('sha256');
  for (const [name, value] of found) digest.update(`${name}\0${value.length}\0`).update(value);
  return {
    capabilities: capabilityText(found.get('security.capability') ?? Buffer.alloc(0)),
    attributes: `${[...found.keys()].join(' ')} ${digest.digest('hex').slice(0, 16)}`,
  };
}

function programOf({ door }: FactsParts, path: string): ProgramKind {
  const head = door.deep.head(path, ELF_HEAD_BYTES);
  return isFailure(head) || isBuildPart(head, path) ? '' : programKind(head);
}

interface Read {
  readonly path: string;
  readonly stat: DeepStat;
  readonly watched: boolean;
  readonly content: Content;
  readonly program: ProgramKind;
  readonly capabilities: string;
  readonly attributes: string;
  readonly before: FileFacts | undefined;
}

function rowOf({ host, door, groups }: FactsParts, read: Read): FileRow {
  const { path, stat, watched, content, program, capabilities, attributes, before } = read;
  const owner = host.userName(stat.uid);
  const group = groups.nameOf(stat.gid);
  const unowned = owner === String(stat.uid) || group === String(stat.gid);
  const found = signsOf({ path, stat, program, capabilities, unowned, nowMs: host.clock.nowMs() });
  const signs = [...found, ...timeSigns(stat, before)];
  const link = stat.type === 'symlink' ? host.files.readlink(path) : '';
  // Packages ship nothing to where everybody may write, and to know that, all their lists would be searched.
  const aside = (before !== undefined || signs.length > 0) && !isInOpenPlace(path);
  return {
    path,
    type: stat.type,
    mode: stat.mode.toString(8).padStart(4, '0'),
    owner,
    group,
    sizeBytes: stat.sizeBytes,
    sha256: content.sha256,
    target: isFailure(link) ? '' : link,
    capabilities,
    attributes,
    flags: [...(stat.immutable ? ['immutable'] : []), ...(stat.appendOnly ? ['append only'] : [])],
    signs,
    rewrittenMs: before?.row.rewrittenMs ?? 0,
    watched,
    program,
    // Asking for every file of /etc at the first look would read the whole package database several times.
    package: aside && door.walks === 'background' ? host.packages.ownerOf(path) : '',
    difference: '',
    inode: stat.inode,
    links: stat.links,
    mtimeMs: Math.floor(stat.mtimeMs),
    ctimeMs: Math.floor(stat.ctimeMs),
    bornMs: Math.floor(stat.bornMs),
  };
}

/** The same inode with an older time than it had: somebody set it, to look untouched. */
function timeSigns({ type, inode, mtimeMs }: DeepStat, before: FileFacts | undefined): FileSign[] {
  if (type !== 'file' || before?.row.inode !== inode) return [];
  return mtimeMs < before.row.mtimeMs - SET_BACK_MS ? ['time set back'] : [];
}
