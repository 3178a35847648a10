/** The declaration of the table `telltale`: ourselves. */

import { defineTable } from '#model/table.ts';

/** One row a part of our own: program, Node, settings, state directory. */
export const ownFiles = defineTable({
  name: 'telltale',
  doc: 'Files of Telltale itself: program, Node, settings, state directory, alert files.',
  slot: ['part'],
  file: 'newest',
  // Made with the first alert, and unknown to a command that was not told of the settings.
  fleeting: (row) => row.part === 'alerts',
  columns: {
    part: ['text', 'program, node, settings, state or alerts (a file that alerts are appended to)', 'identity'],
    path: ['text', 'File or folder', 'identity'],
    digest: ['text', 'Of the content; "" for the state; of alerts what was done to them', 'compared'],
    mode: ['text', 'Permissions in octal', 'compared'],
    owner: ['text', 'User who owns it', 'compared'],
    version: ['text', 'Of the program, by its package.json'],
    files: ['int', 'Files that the digest covers'],
    newest: ['text', 'The file of it that was changed last'],
    package: ['text', 'Package that ships it, or ""'],
    openToOthers: ['bool', 'Others than its owner may write to it', 'compared'],
  },
});

/** A row of `telltale`. */
export type OwnFileRow = NonNullable<(typeof ownFiles)['row']>;
