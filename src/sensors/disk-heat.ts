/** Heat by hwmon and thermal zones: Documentation/hwmon/sysfs-interface, Documentation/driver-api/thermal. */

import { type Host, isFailure } from '#model/host.ts';
import type { DiskRow } from './disk-table.ts';

const MAX_SENSORS = 128;
/** Fine again this far below the limit. */
const MARGIN = 5;

const hot = new WeakMap<object, Set<string>>();

/** Sensors that name a critical heat; those that name none cannot be judged and are no rows. */
export function heatRows(host: Host): readonly DiskRow[] {
  const before = hot.get(host) ?? new Set<string>();
  hot.set(host, before);
  return [...chips(host), ...zones(host)].slice(0, MAX_SENSORS).map((heat) => heatRow(heat, before));
}

function heatRow({ name, celsius, limit }: Heat, before: Set<string>): DiskRow {
  const state = celsius >= limit || (before.has(name) && celsius > limit - MARGIN) ? 'too hot' : '';
  if (state === '') before.delete(name);
  else before.add(name);
  return {
    kind: 'heat',
    name,
    state,
    celsius,
    limit,
    usedPercent: 0,
    freeBytes: 0,
    forecast: '',
    device: '',
    words: '',
  };
}

interface Heat {
  readonly name: string;
  readonly celsius: number;
  readonly limit: number;
}

function chips(host: Host): readonly Heat[] {
  const folder = '/sys/class/hwmon';
  return namesIn(host, folder).flatMap((chip) => {
    const at = `${folder}/${chip}`;
    const inputs = namesIn(host, at).filter((name) => /^temp\d+_input$/.test(name));
    return inputs.flatMap((input) => {
      const base = `${at}/${input.slice(0, -'_input'.length)}`;
      const label = textAt(host, `${base}_label`) || input.slice(0, -'_input'.length);
      return heat(
        `${textAt(host, `${at}/name`)} ${label}`,
        textAt(host, `${base}_input`),
        textAt(host, `${base}_crit`),
      );
    });
  });
}

function zones(host: Host): readonly Heat[] {
  const folder = '/sys/class/thermal';
  return namesIn(host, folder).flatMap((zone) => {
    if (!/^thermal_zone\d+$/.test(zone)) return [];
    const at = `${folder}/${zone}`;
    const trip = namesIn(host, at).find(
      (name) => /^trip_point_\d+_type$/.test(name) && textAt(host, `${at}/${name}`) === 'critical',
    );
    if (trip === undefined) return [];
    const limit = textAt(host, `${at}/${trip.replace(/_type$/, '_temp')}`);
    return heat(`${textAt(host, `${at}/type`)} ${zone}`, textAt(host, `${at}/temp`), limit);
  });
}

/** Thousandths of a degree. Firmware that knows none says 0, or thousands of degrees. */
function heat(name: string, input: string, limit: string): readonly Heat[] {
  const [celsius, most] = [Math.round(Number(input) / 1000), Math.round(Number(limit) / 1000)];
  const sound = input !== '' && limit !== '' && Number.isFinite(celsius) && most > 30 && most < 200 && celsius < 300;
  return sound ? [{ name, celsius, limit: most }] : [];
}

function namesIn(host: Host, path: string): readonly string[] {
  const names = host.files.list(path);
  return isFailure(names) ? [] : [...names].sort();
}

function textAt(host: Host, path: string): string {
  const bytes = host.files.read(path, 128);
  return isFailure(bytes) ? '' : bytes.toString('utf8').trim();
}
