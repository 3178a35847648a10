/** The declaration of the table `files`. */

import { defineTable } from '#model/table.ts';

/** One row a watched file, and one for each file elsewhere that is odd in itself. */
export const files = defineTable({
  name: 'files',
  doc: 'Files that decide how this host works, and files anywhere whose rights, place or name are odd.',
  slot: ['path'],
  file: 'path',
  fleeting: ({ path }) => /^\/(?:tmp|var\/tmp|dev\/shm|run)\//.test(path),
  columns: {
    path: ['text', 'Where it lies; bytes that are no UTF-8 as \\xNN', 'identity'],
    type: ['text', 'file, directory, symlink, socket or other', 'compared'],
    mode: ['text', 'Permissions in octal, e.g. 4755', 'compared'],
    owner: ['text', 'User that owns it', 'compared'],
    group: ['text', 'Group that owns it', 'compared'],
    sizeBytes: ['int', 'Size of its content'],
    sha256: ['text', 'Of its content; "" where that is not watched', 'compared'],
    target: ['text', 'Where a link leads', 'compared'],
    capabilities: ['text', 'As getcap prints them', 'compared'],
    attributes: ['text', 'Digest of its extended attributes and access lists; "" for none', 'compared'],
    flags: ['list', 'immutable, append only (chattr)', 'compared'],
    signs: ['list', 'What is odd about it in itself', 'compared'],
    rewrittenMs: [
      'time',
      'When it was changed and changed back, or written more than once with what it held; 0 in the look after',
      'compared',
    ],
    watched: ['bool', 'Every change of it is told; else only what is odd'],
    program: ['text', 'binary or script, where that was looked at'],
    package: ['text', 'Package that ships it, where that was asked'],
    difference: ['text', 'How its text differed at the last change'],
    inode: ['int', 'Inode number'],
    links: ['int', 'Names of the file'],
    mtimeMs: ['time', 'Last change of its content, as it says itself'],
    ctimeMs: ['time', 'Last change of anything, as the kernel knows'],
    bornMs: ['time', 'When the inode was made; 0 where nobody knows'],
  },
});

/** A row of `files`. */
export type FileRow = NonNullable<(typeof files)['row']>;
