/** The declaration of the table `mounts`. */

import { defineTable } from '#model/table.ts';
import { actorColumns } from './actor-columns.ts';

/** Among what a mount of /proc allows: it does not show users the processes of others (hidepid). */
export const HIDDEN = 'hidden processes';

/** One row a mount that stands, or a line of fstab. */
export const mounts = defineTable({
  name: 'mounts',
  doc: 'Mounts that stand, and what fstab will mount at boot.',
  slot: ['kind', 'point'],
  file: 'file',
  columns: {
    kind: ['text', 'mount, or "at boot" for a line of fstab', 'identity'],
    point: ['text', 'Where it is mounted', 'identity'],
    type: ['text', 'Kind of the file system', 'identity'],
    part: [
      'text',
      'Folder of the file system that is mounted ("/" but for bind mounts); of fstab its first field',
      'identity',
    ],
    allows: [
      'list',
      'What may be done there: write, run programs, setuid, devices; hidden processes for /proc with hidepid',
      'compared',
    ],
    layers: ['int', 'How often the same is mounted at the same place, one over the other', 'compared'],
    over: ['text', 'System folder or process that it covers, or ""'],
    source: ['text', 'Device, server or name'],
    inFstab: ['bool', 'fstab names this place'],
    view: ['text', 'host: as process 1 sees it; own: only in our own mount namespace'],
    file: ['text', '/etc/fstab for its lines, else ""'],
    mounter: ['text', 'Program that was heard mounting it, or ""'],
    user: ['text', 'User who ran that program'],
    uid: ['int', 'Number of that user'],
    ...actorColumns,
  },
});

/** A row of `mounts`. */
export type MountRow = NonNullable<(typeof mounts)['row']>;
