/** Watches what is plugged in: see docs/sensors/devices.md. */

import { createHash } from 'node:crypto';
import { usbFunction } from '#formats/usb-class.ts';
import { shorten } from '#lib/escape.ts';
import { parseUint } from '#lib/parse-uint.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { type DeviceRow, devices } from './device-table.ts';
import { hearStirrings } from './stir-listener.ts';

const USB = '/sys/bus/usb/devices';
const DISKS = '/sys/block';
/** Made by the kernel itself, or parts of other disks. */
const NO_DISK = /^(?:loop|ram|zram|dm-|md|nbd|sr|fd|mtdblock|bcache|drbd|rbd|zd)\d*/;
const MAX_DEVICES = 512;
const SECTOR_BYTES = 512;

export default defineSensor<DeviceRow>({
  name: 'devices',
  doc: 'Reads USB devices and disks from /sys.',
  everyMs: 60_000,
  table: devices,
  async look(host) {
    const rows = new Map<string, DeviceRow>();
    const found = [...usbDevices(host), ...disksOf(host)];
    for (const row of found.slice(0, MAX_DEVICES)) {
      const key = [row.kind, row.product, row.serial, row.can.join()].join('\0');
      const same = rows.get(key);
      rows.set(key, same === undefined ? row : { ...same, count: same.count + 1 });
    }
    const gaps = found.length > MAX_DEVICES ? [{ what: USB, why: `more than ${MAX_DEVICES} devices` }] : [];
    return { rows: [...rows.values()], gaps, by: '/sys' };
  },
});

export const deviceListener = hearStirrings({
  name: 'devices',
  doc: 'The kernel says when a device comes or goes.',
  table: 'devices',
  of: 'devices',
  by: 'uevent',
});

function usbDevices(host: Host): readonly DeviceRow[] {
  const names = namesIn(host, USB);
  return names.flatMap((name) => {
    // "1-2:1.0" is an interface; "usb1" is the controller itself.
    if (name.includes(':') || /^usb\d+$/.test(name)) return [];
    const at = `${USB}/${name}`;
    const [vendor, product] = [textAt(host, `${at}/idVendor`), textAt(host, `${at}/idProduct`)];
    if (vendor === '' || product === '') return [];
    const can = names
      .filter((other) => other.startsWith(`${name}:`))
      .map((other) => functionOf(host, `${USB}/${other}`))
      .sort();
    return [
      {
        kind: 'usb',
        product: `${vendor}:${product}`,
        serial: digestOf(textAt(host, `${at}/serial`)),
        can: [...new Set(can)],
        words: shorten(`${textAt(host, `${at}/manufacturer`)} ${textAt(host, `${at}/product`)}`.trim(), 100),
        port: name,
        removable: textAt(host, `${at}/removable`) !== 'fixed',
        sizeBytes: 0,
        count: 1,
      },
    ];
  });
}

function functionOf(host: Host, at: string): string {
  const part = (name: string): string => textAt(host, `${at}/${name}`);
  return usbFunction(part('bInterfaceClass'), part('bInterfaceSubClass'), part('bInterfaceProtocol'));
}

function disksOf(host: Host): readonly DeviceRow[] {
  return namesIn(host, DISKS).flatMap((name) => {
    if (NO_DISK.test(name)) return [];
    const at = `${DISKS}/${name}`;
    const sizeBytes = (parseUint(textAt(host, `${at}/size`)) ?? 0) * SECTOR_BYTES;
    // An empty card reader.
    if (sizeBytes === 0) return [];
    const model = textAt(host, `${at}/device/model`) || textAt(host, `${at}/device/name`);
    const serial =
      textAt(host, `${at}/device/serial`) || textAt(host, `${at}/device/wwid`) || textAt(host, `${at}/serial`);
    return [
      {
        kind: 'disk',
        product: model === '' ? name : shorten(model, 60),
        serial: digestOf(serial),
        can: ['storage'],
        words: shorten(`${textAt(host, `${at}/device/vendor`)} ${model}`.trim(), 100),
        port: name,
        removable: textAt(host, `${at}/removable`) === '1',
        sizeBytes,
        count: 1,
      },
    ];
  });
}

/** A serial number names a person's stick for ever; its digest is enough to know it again. */
function digestOf(serial: string): string {
  return serial === '' ? '' : createHash('sha256').update(serial).digest('hex').slice(0, 12);
}

function namesIn(host: Host, path: string): readonly string[] {
  const names = host.files.list(path);
  return isFailure(names) ? [] : [...names].sort();
}

function textAt(host: Host, path: string): string {
  const bytes = host.files.read(path, 1024);
  return isFailure(bytes) ? '' : bytes.toString('utf8').replaceAll('\0', '').trim().replace(/\s+/g, ' ');
}
