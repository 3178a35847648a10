/** The declaration of the table `package-files`. */

import { defineTable } from '#model/table.ts';

/** One row a file that is not as it should be: an upgrade gives none. */
export const packageFiles = defineTable({
  name: 'package-files',
  doc: 'Files of packages that are not as shipped, and programs among them that no package ships.',
  slot: ['path'],
  file: 'path',
  columns: {
    path: ['text', 'Where it lies', 'identity'],
    package: ['text', 'Package that ships it; "" for a program that none ships'],
    wrong: ['list', 'altered, missing, mode, owner, capabilities, unreadable or unpackaged', 'compared'],
    mark: ['text', 'Changes with its content: first digits of its md5 sum', 'compared'],
    rights: ['text', 'Permissions as they were and as they are, where they differ', 'compared'],
    conffile: ['bool', 'Configuration, which administrators change'],
    program: ['text', 'binary, script, library or "" by its first bytes and name'],
    mode: ['text', 'Permissions now, in octal'],
    owner: ['text', 'User that owns it now'],
    sizeBytes: ['int', 'Size now; 0 when it is missing'],
    mtimeMs: ['time', 'Last change of its content, as it says itself; 0 when it is missing'],
  },
});

/** A row of `package-files`. */
export type PackageFileRow = NonNullable<(typeof packageFiles)['row']>;
