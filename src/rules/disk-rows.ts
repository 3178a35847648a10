/** Rows for the samples of the rules on `disks`. */

import type { DiskRow } from '#sensors/disk-table.ts';

export const roomy: DiskRow = {
  kind: 'room',
  name: '/var',
  state: '',
  usedPercent: 40,
  freeBytes: 60_000_000_000,
  forecast: '',
  device: '/dev/sda2',
  celsius: 0,
  limit: 0,
  words: '',
};
export const filling: DiskRow = {
  ...roomy,
  state: '90',
  usedPercent: 91,
  freeBytes: 9_000_000_000,
  forecast: 'full in about 5 h at the rate of the last 2 h',
};
export const mirror: DiskRow = {
  ...roomy,
  kind: 'raid',
  name: 'md0',
  usedPercent: 0,
  freeBytes: 0,
  device: '',
  words: 'raid1',
};
export const errors: DiskRow = { ...roomy, kind: 'errors', device: 'sda2', usedPercent: 0, freeBytes: 0 };
export const heat: DiskRow = {
  ...roomy,
  kind: 'heat',
  name: 'coretemp Package id 0',
  celsius: 60,
  limit: 100,
  usedPercent: 0,
  freeBytes: 0,
  device: '',
};
/** A disk that has replaced sectors. */
export const worn: DiskRow = {
  ...roomy,
  kind: 'smart',
  name: 'sda',
  state: 'worn',
  usedPercent: 0,
  freeBytes: 0,
  device: 'ST2000DM001',
  words: '12 reallocated sectors',
};
