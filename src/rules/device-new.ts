/** A device was plugged in that is not in the baseline. See docs/rules/device-new.md. */

import { formatBytesSize } from '#lib/bytes-size.ts';
import { shorten, visible } from '#lib/escape.ts';
import { joinWords } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import { type DeviceRow, devices } from '#sensors/device-table.ts';

const stick: DeviceRow = {
  kind: 'usb',
  product: '0781:5567',
  serial: '0123456789ab',
  can: ['storage'],
  words: 'SanDisk Cruzer Blade',
  port: '1-1',
  removable: true,
  sizeBytes: 0,
  count: 1,
};

/** A keyboard types commands, a network card takes the traffic, storage brings and takes files. */
const DANGEROUS = new Set(['keyboard', 'storage', 'network', 'input']);

export default defineRule<DeviceRow>({
  id: 'device-new',
  doc: 'A USB device or a disk was plugged in that is not in the baseline.',
  on: 'devices',
  table: devices,
  attack: ['T1200', 'T1091'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    const risky = row.can.filter((what) => DANGEROUS.has(what));
    const name = shorten(visible(row.words || row.product), 80);
    const size = row.sizeBytes > 0 ? ` of ${formatBytesSize(row.sizeBytes)}` : '';
    const mixed = risky.includes('keyboard') && row.can.length > 1;
    return {
      subject: `${row.kind} ${row.product} ${row.serial} ${row.can.join(' ')}`,
      severity: risky.length > 0 ? 'medium' : 'info',
      title: `${row.kind === 'disk' ? 'A disk' : 'A USB device'} was plugged in: ${name}${size} (${visible(joinWords(row.can)) || 'says not what it is'})`,
      why: mixed
        ? 'It is a keyboard and something else as well: so are devices that type commands the moment they are plugged in. Keyboards with extra keys do look the same.'
        : risky.length > 0
          ? 'What types, stores or connects can be used to get in or to carry something away. Was somebody at the machine?'
          : 'Told so that everything that was plugged in is known.',
      next: 'lsblk -o NAME,MODEL,SIZE,MOUNTPOINTS; lsusb; dmesg | grep -i usb | tail -20; last | head',
      facts: { product: row.product, words: row.words, can: row.can, port: row.port, serial: row.serial },
    };
  },
  samples: [
    { name: 'a stick', judgement: { change: { type: 'added', after: stick } }, expect: 'medium' },
    {
      name: 'a keyboard that is a disk as well',
      judgement: { change: { type: 'added', after: { ...stick, can: ['keyboard', 'storage'] } } },
      expect: 'medium',
    },
    {
      name: 'a disk',
      judgement: {
        change: { type: 'added', after: { ...stick, kind: 'disk', product: 'ST1000', sizeBytes: 1 << 30 } },
      },
      expect: 'medium',
    },
    { name: 'a hub', judgement: { change: { type: 'added', after: { ...stick, can: ['hub'] } } }, expect: 'info' },
    { name: 'known', judgement: { change: { type: 'added', after: stick }, known: true }, expect: undefined },
  ],
});
