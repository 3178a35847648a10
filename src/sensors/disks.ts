/** Watches room, RAID, errors, heat and what disks say of themselves: see docs/sensors/disks.md. */

import { parseMdstat, type RaidArray } from '#formats/mdstat.ts';
import { isMountNoise } from '#formats/mount-noise.ts';
import { type Mount, parseMountinfo } from '#formats/mountinfo.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { formatDuration } from '#lib/duration.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { healthRows } from './disk-health.ts';
import { heatRows } from './disk-heat.ts';
import { type DiskRow, disks } from './disk-table.ts';
import { hearStirrings } from './stir-listener.ts';

/** File systems on disks of this machine: others would be waited for (nfs) or have no room of their own. */
const LOCAL = /^(?:ext[234]|xfs|btrfs|vfat|exfat|ntfs3?|f2fs|jfs|reiserfs|zfs|bcachefs|nilfs2|udf)$/;
const MAX_FILESYSTEMS = 256;
/** From these on it is told; it is over this much below. */
const STEPS = [97, 90] as const;
const MARGIN = 2;
/** The rate of filling is measured over this long at least, and told when it is full within two weeks. */
const RATE_OVER_MS = 30 * 60_000;
const FORGET_MS = 12 * 3_600_000;
const FAR_MS = 14 * 86_400_000;

interface Remembered {
  /** State of room and inodes by row, for the margin. */
  readonly steps: Map<string, string>;
  readonly rates: BoundedMap<string, { readonly atMs: number; readonly usedBytes: number }>;
}
const memories = new WeakMap<object, Remembered>();

const emptyDisk: Omit<DiskRow, 'kind' | 'name' | 'state'> = {
  usedPercent: 0,
  freeBytes: 0,
  forecast: '',
  device: '',
  celsius: 0,
  limit: 0,
  words: '',
};

export default defineSensor<DiskRow>({
  name: 'disks',
  doc: 'Asks local file systems for their room, the kernel for RAID and errors, sensors for heat, and disks for their health.',
  everyMs: 60_000,
  table: disks,
  async look(host, signal) {
    const gaps: Gap[] = [];
    const memory = memories.get(host) ?? { steps: new Map(), rates: new BoundedMap(MAX_FILESYSTEMS) };
    memories.set(host, memory);
    const mounts = localMounts(host, gaps);
    const rows = mounts.flatMap((mount) => roomRows(host, mount, memory));
    rows.push(
      ...mounts.flatMap((mount) => errorRow(host, mount)),
      ...raidRows(host, gaps),
      ...heatRows(host),
      ...(await healthRows(host, gaps, signal)),
    );
    return { rows, gaps, by: 'statfs, /proc/mdstat, /sys, smartctl' };
  },
});

export const diskListener = hearStirrings({
  name: 'disks',
  doc: 'The kernel says when anything is mounted: it may be full.',
  table: disks.name,
  of: 'mounts',
  by: 'mountinfo',
});

/** Each file system once, where it was mounted first. */
function localMounts(host: Host, gaps: Gap[]): readonly Mount[] {
  const bytes = host.files.read('/proc/self/mountinfo');
  if (isFailure(bytes)) {
    if (bytes.error !== 'ENOENT') gaps.push({ what: '/proc/self/mountinfo', why: bytes.error });
    return [];
  }
  const byDevice = new Map<string, Mount>();
  for (const mount of parseMountinfo(bytes.toString('latin1')).rows) {
    if (!hasRoom(mount) || isMountNoise(mount) || byDevice.has(mount.device)) continue;
    if (byDevice.size < MAX_FILESYSTEMS) byDevice.set(mount.device, mount);
  }
  return [...byDevice.values()];
}

/** What is in memory has a limit as well: a full /run or /tmp stops services as a full disk does. */
function hasRoom({ type, options }: Mount): boolean {
  return LOCAL.test(type) || (type === 'tmpfs' && options.includes('rw'));
}

function roomRows(host: Host, { point, source }: Mount, memory: Remembered): readonly DiskRow[] {
  const space = host.kernel?.space(point);
  if (space === undefined || isFailure(space) || space.totalBytes === 0) return [];
  const { totalBytes, freeBytes, totalInodes, freeInodes } = space;
  const rows: DiskRow[] = [];
  const add = (kind: string, used: number, forecast: string): void => {
    const usedPercent = Math.floor(used * 100);
    const state = stepOf(memory, `${kind} ${point}`, usedPercent);
    rows.push({ ...emptyDisk, kind, name: point, state, usedPercent, freeBytes, forecast, device: source });
  };
  add(
    'room',
    1 - freeBytes / totalBytes,
    forecastOf(host, point, { usedBytes: totalBytes - freeBytes, freeBytes }, memory),
  );
  if (totalInodes > 0) add('inodes', 1 - freeInodes / totalInodes, '');
  return rows;
}

/** Up at once, down only with a margin: a disk at 90 % must not be told each minute. */
function stepOf({ steps }: Remembered, key: string, percent: number): string {
  const before = Number(steps.get(key) ?? 0);
  const step = STEPS.find((least) => percent >= least || (before >= least && percent >= least - MARGIN));
  const state = step === undefined ? '' : String(step);
  steps.set(key, state);
  return state;
}

function forecastOf(
  host: Host,
  point: string,
  { usedBytes, freeBytes }: { usedBytes: number; freeBytes: number },
  { rates }: Remembered,
): string {
  const atMs = host.clock.monotonicMs();
  const first = rates.get(point);
  if (first === undefined || atMs - first.atMs > FORGET_MS || usedBytes < first.usedBytes) {
    rates.set(point, { atMs, usedBytes });
    return '';
  }
  const tookMs = atMs - first.atMs;
  const grew = usedBytes - first.usedBytes;
  if (tookMs < RATE_OVER_MS || grew <= 0) return '';
  const leftMs = (freeBytes / grew) * tookMs;
  return leftMs > FAR_MS
    ? ''
    : `full in about ${formatDuration(Math.max(leftMs, 60_000))} at the rate of the last ${formatDuration(tookMs)}`;
}

/** Errors that ext4 has counted, and a file system that the kernel made read-only because of them. */
function errorRow(host: Host, { point, type, source, superOptions, options }: Mount): readonly DiskRow[] {
  const device = source.slice(source.lastIndexOf('/') + 1);
  const counted =
    type === 'ext4' && /^[\w-]+$/.test(device) ? numberAt(host, `/sys/fs/ext4/${device}/errors_count`) : undefined;
  // The mount says "rw" and the file system "ro": nobody asked for that. ext4 also says so itself.
  const forced = superOptions.includes('emergency_ro') || (options.includes('rw') && superOptions.includes('ro'));
  const errors = counted ?? 0;
  const state = forced ? 'read-only' : errors > 0 ? 'errors' : '';
  if (counted === undefined && !forced) return [];
  const words = errors > 0 ? `${errors} errors were counted` : '';
  return [{ ...emptyDisk, kind: 'errors', name: point, state, device: source, words }];
}

function numberAt(host: Host, path: string): number | undefined {
  const bytes = host.files.read(path, 64);
  return isFailure(bytes) ? undefined : parseUint(bytes.toString('latin1').trim());
}

function raidRows(host: Host, gaps: Gap[]): readonly DiskRow[] {
  const bytes = host.files.read('/proc/mdstat');
  if (isFailure(bytes)) {
    if (bytes.error !== 'ENOENT') gaps.push({ what: '/proc/mdstat', why: bytes.error });
    return [];
  }
  return parseMdstat(bytes.toString('latin1')).map(raidRow);
}

function raidRow(array: RaidArray): DiskRow {
  const { name, level, doing, percent, failed } = array;
  const words = doing === '' ? level : `${level}, ${doing} at ${percent} %`;
  return { ...emptyDisk, kind: 'raid', name, state: raidState(array), device: failed.join(', '), words };
}

function raidState({ active, wanted, present, failed }: RaidArray): string {
  if (!active) return 'inactive';
  return present < wanted || failed.length > 0 ? 'degraded' : '';
}
