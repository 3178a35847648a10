/** The declaration of the table `modules`. */

import { defineTable } from '#model/table.ts';
import { actorColumns } from './actor-columns.ts';

/** One row a module that is loaded, or that something says is loaded. */
export const modules = defineTable({
  name: 'modules',
  doc: 'Modules of the kernel that are loaded now, seen from three sides.',
  slot: ['name'],
  columns: {
    name: ['text', 'Name as the kernel prints it', 'identity'],
    seenIn: [
      'text',
      '"" for both lists; else the only place: /proc/modules, /sys/module, /proc/kallsyms, users of another module',
      'compared',
    ],
    taint: ['text', 'Letters such as O (out of tree) or E (unsigned)', 'compared'],
    means: ['text', 'What the letters mean'],
    version: ['text', 'Digest of its sources (srcversion), or ""', 'compared'],
    file: ['text', 'Its file by modules.dep, or "" where that names none'],
    package: ['text', 'Package that ships the file, or ""'],
    packageState: ['text', 'packaged, unpackaged or unknown'],
    sizeBytes: ['int', 'Memory that it takes'],
    references: ['int', 'Uses of it; -1 where not told'],
    usedBy: ['list', 'Modules that use it'],
    loader: ['text', 'Program that was heard loading it, or ""'],
    user: ['text', 'User who ran that program'],
    uid: ['int', 'Number of that user'],
    ...actorColumns,
  },
});

/** A row of `modules`. */
export type ModuleRow = NonNullable<(typeof modules)['row']>;
