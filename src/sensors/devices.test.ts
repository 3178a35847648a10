import assert from 'node:assert/strict';
import test from 'node:test';
import { usbFunction } from '#formats/usb-class.ts';
import { captureFolder } from '#test/lab/captured-folder.ts';
import sensor from './devices.ts';

const signal = new AbortController().signal;
const usb = (
  name: string,
  vendor: string,
  product: string,
  more: Record<string, string> = {},
): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ idVendor: vendor, idProduct: product, ...more }).map(([file, text]) => [
      `/sys/bus/usb/devices/${name}/${file}`,
      `${text}\n`,
    ]),
  );
const part = (name: string, cls: string, protocol = '00'): Record<string, string> => ({
  [`/sys/bus/usb/devices/${name}/bInterfaceClass`]: `${cls}\n`,
  [`/sys/bus/usb/devices/${name}/bInterfaceSubClass`]: '01\n',
  [`/sys/bus/usb/devices/${name}/bInterfaceProtocol`]: `${protocol}\n`,
});

test('USB devices are known by numbers, serial and what they say they are', async () => {
  await using folder = await captureFolder({
    ...usb('usb1', '1d6b', '0002'),
    ...usb('1-1', '0781', '5567', {
      serial: '4C530001',
      manufacturer: 'SanDisk',
      product: 'Cruzer  Blade',
      removable: 'removable',
    }),
    ...part('1-1:1.0', '08'),
    ...usb('1-2', '05ac', '024f'),
    ...part('1-2:1.0', '03', '01'),
    ...part('1-2:1.1', '08'),
    '/sys/bus/usb/devices/1-3/idVendor': 'half\n',
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map(({ product, serial, can, words, port, removable }) => [
      product,
      serial.length,
      can.join('+'),
      words,
      port,
      removable,
    ]),
    [
      ['0781:5567', 12, 'storage', 'SanDisk Cruzer Blade', '1-1', true],
      ['05ac:024f', 0, 'keyboard+storage', '', '1-2', true],
    ],
  );
  assert.ok(!JSON.stringify(rows).includes('4C530001'), 'the serial number itself is not kept');
});

test('disks are known by model and serial, not by the name that the boot gave them', async () => {
  const disk = (name: string): Record<string, string> => ({
    [`/sys/block/${name}/size`]: '2048\n',
    [`/sys/block/${name}/removable`]: '1\n',
    [`/sys/block/${name}/device/model`]: 'ST1000DM010\n',
    [`/sys/block/${name}/device/wwid`]: 'naa.5000\n',
  });
  const identity = async (files: Record<string, string>): Promise<readonly string[]> => {
    await using folder = await captureFolder(files);
    const { rows } = await sensor.look(folder.host, signal);
    return rows.map(({ product, serial, sizeBytes }) => `${product} ${serial} ${sizeBytes}`);
  };
  const first = await identity({
    ...disk('sda'),
    '/sys/block/loop0/size': '8\n',
    '/sys/block/sdz/size': '0\n',
    '/sys/block/vda/size': '8\n',
  });
  assert.equal(first.length, 2);
  assert.match(first[0] ?? '', /^ST1000DM010 [0-9a-f]{12} 1048576$/);
  assert.equal(first[1], 'vda  4096');
  assert.equal((await identity(disk('sdb')))[0], first[0]);
});

test('a machine without USB has no devices and no gap', async () => {
  await using folder = await captureFolder({});
  assert.deepEqual(await sensor.look(folder.host, signal), { rows: [], gaps: [], by: '/sys' });
});

test('classes of USB in words', () => {
  assert.equal(usbFunction('03', '01', '01'), 'keyboard');
  assert.equal(usbFunction('03', '00', '00'), 'input');
  assert.equal(usbFunction('E0', '01', '03'), 'network');
  assert.equal(usbFunction('ef', '04', '01'), 'network');
  assert.equal(usbFunction('77', '', ''), 'class 77');
});
