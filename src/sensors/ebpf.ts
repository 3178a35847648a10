/** Watches eBPF programs: code in the kernel that no list of modules shows. See docs/sensors/ebpf.md. */

import type { Gap } from '#model/gap.ts';
import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import type { BpfProgram } from '#model/kernel.ts';
import { defineSensor } from '#model/sensor.ts';
import { actorOf, nobody } from './actor-columns.ts';
import { type EbpfRow, ebpf } from './ebpf-table.ts';
import { programTrust } from './program-trust.ts';

const PINS = '/sys/fs/bpf';
/** Pins at most, and how deep folders of pins may lie. */
const MAX_PINS = 500;
const MAX_DEPTH = 6;
const MAX_ROWS = 2000;
const MAX_HOLDERS = 16;
/** What the rehearsal loads is told although it is ours: that is what it is for. */
const DRILL = 'telltale_drill';
/** What a Telltale loads, by name: it tells of binds, and who holds which socket. */
const OURS: ReadonlyMap<string, string> = new Map([
  ['telltale_bind', 'cgroup_sock'],
  ['telltale_files', 'tracing'],
]);
const SYSTEMD = /^\/(?:usr\/)?lib\/systemd\//;

/** A recorded host has none; one that does not let us ask sees less, and says so. */
export default defineSensor<EbpfRow>({
  name: 'ebpf',
  doc: 'Walks the programs of the kernel by number, and the pins below /sys/fs/bpf.',
  everyMs: 10_000,
  table: ebpf,
  async look(host) {
    const gaps: Gap[] = [];
    const programs = host.kernel?.bpfPrograms() ?? [];
    if (isFailure(programs)) gaps.push({ what: 'eBPF programs', why: programs.error, reduced: true });
    const rows = new Map<string, EbpfRow>();
    for (const program of isFailure(programs) ? [] : programs) {
      const row = programRow(host, program);
      const key = [row.type, row.name, row.tag, row.owner].join('\0');
      const same = rows.get(key);
      rows.set(key, same === undefined ? row : merged(same, row));
    }
    const pins = pinsBelow(host, PINS, 0);
    if (pins.length >= MAX_PINS) gaps.push({ what: PINS, why: `more than ${MAX_PINS} pins: the rest is not shown` });
    if (rows.size > MAX_ROWS) gaps.push({ what: 'eBPF programs', why: `more than ${MAX_ROWS}: the rest is not shown` });
    return { rows: [...[...rows.values()].slice(0, MAX_ROWS), ...pins], gaps, by: 'bpf()' };
  },
});

function programRow(host: Host, program: BpfProgram): EbpfRow {
  const { type, name, tag, links, loadedMs, uid } = program;
  const processes = program.owners.flatMap((pid) => host.processes.get(pid) ?? []);
  const [first] = processes;
  const owner = first?.exe ?? '';
  const trust = owner === '' ? { package: '', state: '' } : programTrust(host, owner);
  return {
    kind: 'program',
    type,
    name,
    tag,
    owner,
    maker: makerOf(host, program, processes),
    package: trust.package,
    ownerState: trust.state,
    links,
    holders: processes.map(({ comm, pid }) => `${comm} (${pid})`),
    user: host.userName(uid),
    uid,
    ...actorOf(host, first),
    loadedMs,
    count: 1,
  };
}

/**
 * systemd's own carry its prefix and are held by itself or by nobody. Ours are those of our processes, and
 * those that tell of binds and holders when another Telltale on this host (another state directory) holds them.
 */
function makerOf(host: Host, { name, type, owners }: BpfProgram, processes: readonly ProcessFacts[]): string {
  if (name !== DRILL && owners.some((pid) => host.own.has(pid))) return 'telltale';
  const node = host.home?.node;
  const byNode = processes.length > 0 && processes.every(({ exe }) => exe === node);
  if (byNode && OURS.get(name) === type) return 'telltale';
  const bySystemd =
    processes.length === 0
      ? name.startsWith('sd_') && type.startsWith('cgroup_')
      : processes.every(({ exe, uid }) => SYSTEMD.test(exe) && uid === 0);
  return bySystemd ? 'systemd' : '';
}

function merged(a: EbpfRow, b: EbpfRow): EbpfRow {
  return {
    ...a,
    links: [...new Set([...a.links, ...b.links])],
    holders: [...new Set([...a.holders, ...b.holders])].slice(0, MAX_HOLDERS),
    loadedMs: Math.min(a.loadedMs, b.loadedMs),
    count: a.count + b.count,
  };
}

function pinsBelow(host: Host, folder: string, depth: number): EbpfRow[] {
  const names = host.files.list(folder);
  if (isFailure(names) || depth > MAX_DEPTH) return [];
  const rows: EbpfRow[] = [];
  for (const name of names.slice(0, MAX_PINS)) {
    const path = `${folder}/${name}`;
    const stat = host.files.stat(path);
    if (isFailure(stat) || rows.length >= MAX_PINS) continue;
    if (stat.type === 'directory') rows.push(...pinsBelow(host, path, depth + 1).slice(0, MAX_PINS - rows.length));
    else rows.push(pinRow(path, { user: host.userName(stat.uid), uid: stat.uid }, stat.mtimeMs));
  }
  return rows;
}

function pinRow(path: string, by: Pick<EbpfRow, 'user' | 'uid'>, loadedMs: number): EbpfRow {
  const none = {
    ...nobody,
    tag: '',
    owner: '',
    maker: '',
    package: '',
    ownerState: '',
    links: [],
    holders: [],
    count: 1,
  };
  return { ...none, kind: 'pin', type: 'pin', name: path, ...by, loadedMs: Math.round(loadedMs) };
}
