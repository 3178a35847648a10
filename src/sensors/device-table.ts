/** The declaration of the table `devices`. */

import { defineTable } from '#model/table.ts';

/** One row a device that can be plugged in: USB, or a disk. */
export const devices = defineTable({
  name: 'devices',
  doc: 'USB devices and disks that are there now.',
  slot: ['kind', 'product', 'serial'],
  columns: {
    kind: ['text', 'usb or disk', 'identity'],
    product: [
      'text',
      'usb: vendor and product number, as 046d:c52b; disk: its model, or its name where it has none',
      'identity',
    ],
    serial: ['text', 'Beginning of the digest of its serial number, "" where it has none', 'identity'],
    can: [
      'list',
      'What it says it is: storage, keyboard, pointer, network, wireless, camera, sound, hub …',
      'identity',
    ],
    words: ['text', 'Maker and name, as the device says them'],
    port: ['text', 'Where it is plugged in, or the name of the disk'],
    removable: ['bool', 'It can be taken out'],
    sizeBytes: ['int', 'Of a disk'],
    count: ['int', 'How many of the same there are'],
  },
});

/** A row of `devices`. */
export type DeviceRow = NonNullable<(typeof devices)['row']>;
