/** The declaration of the table `disks`. */

import { defineTable } from '#model/table.ts';

/** One row a file system, array or sensor of heat. Its state is part of the identity: an alert closes with the state. */
export const disks = defineTable({
  name: 'disks',
  doc: 'Room on file systems, RAID arrays, disks that made errors, and heat.',
  slot: ['kind', 'name'],
  columns: {
    kind: ['text', 'room, inodes, errors, raid, heat or smart', 'identity'],
    name: ['text', 'Mount point, array, sensor or disk', 'identity'],
    state: ['text', '"" when fine; room: 90 or 97 (percent full, with a margin); else what is wrong', 'identity'],
    usedPercent: ['int', 'How full it is'],
    freeBytes: ['int', 'What ordinary users may still fill'],
    forecast: ['text', 'When it will be full at the rate of the last hours, in words; "" when it does not grow'],
    device: ['text', 'Device, members that failed, or model of the disk'],
    celsius: ['int', 'Heat in degrees, 0 where it is none'],
    limit: ['int', 'Degrees that the maker calls critical'],
    words: ['text', 'More of it, in words'],
  },
});

/** A row of `disks`. */
export type DiskRow = NonNullable<(typeof disks)['row']>;
