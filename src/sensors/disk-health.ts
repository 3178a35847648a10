/** What disks say of themselves (SMART), by smartctl where it is installed: asked seldom, and beside the looks. */

import { parseSmartctl } from '#formats/smartctl.ts';
import { shorten } from '#lib/escape.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { DiskRow } from './disk-table.ts';

const PROGRAMS = ['/usr/sbin/smartctl', '/sbin/smartctl', '/usr/local/sbin/smartctl'];
const DISKS = '/sys/block';
/** Kinds of disks that have SMART; virtual ones answer nothing. */
const HAS_SMART = /^(?:sd[a-z]{1,3}|hd[a-z]|nvme\d+n\d+)$/;
const MAX_DISKS = 64;
/** Bit of smartctl's exit code: smartctl(8), "EXIT STATUS". A disk that sleeps ends with 0: see "-n standby,0". */
const NOT_OPENED = 2;
const ASK_EVERY_MS = 30 * 60_000;
const PATIENCE_MS = 20_000;
const FIRST_WAIT_MS = 8_000;
const MAX_OUTPUT_BYTES = 256 << 10;

interface Asked {
  readonly rows: Map<string, DiskRow>;
  /** Disks that could not be asked, and why. */
  readonly refused: Map<string, string>;
  dueMs: number;
  running: Promise<void> | undefined;
}
const memories = new WeakMap<object, Asked>();

/** A program outlives the look that started it; its own time limit ends it. */
const outliving = new AbortController().signal;

/** Rows of the last round; the first look waits some seconds for the first round. Without smartctl there are none. */
export async function healthRows(host: Host, gaps: Gap[], signal: AbortSignal): Promise<readonly DiskRow[]> {
  const program = host.exec?.find(PROGRAMS);
  if (host.exec === undefined || program === undefined) return [];
  const nowMs = host.clock.monotonicMs();
  const memory: Asked = memories.get(host) ?? {
    rows: new Map(),
    refused: new Map(),
    dueMs: Number.NEGATIVE_INFINITY,
    running: undefined,
  };
  const first = !memories.has(host);
  memories.set(host, memory);
  if (nowMs >= memory.dueMs && memory.running === undefined) {
    memory.dueMs = nowMs + ASK_EVERY_MS;
    memory.running = askAll(host, program, memory).finally(() => {
      memory.running = undefined;
    });
  }
  if (first) await Promise.race([memory.running, host.clock.sleep(FIRST_WAIT_MS, signal)]);
  for (const [name, why] of memory.refused) gaps.push({ what: `health of disk ${name}`, why, reduced: true });
  return [...memory.rows.values()];
}

/** One after another: a disk that answers slowly is asked alone. */
async function askAll(host: Host, program: string, { rows, refused }: Asked): Promise<void> {
  const names = host.files.list(DISKS);
  const disks = isFailure(names) ? [] : names.filter((name) => HAS_SMART.test(name)).slice(0, MAX_DISKS);
  for (const name of rows.keys()) if (!disks.includes(name)) rows.delete(name);
  refused.clear();
  for (const name of disks.sort()) {
    const row = await ask(host, program, name);
    // A disk that sleeps is not woken: what it said last stands. A virtual one has nothing to say.
    if (typeof row === 'string') refused.set(name, row);
    else if (row !== undefined) rows.set(name, row);
  }
}

async function ask({ exec, files }: Host, program: string, name: string): Promise<DiskRow | string | undefined> {
  const args = ['--json', '-H', '-A', '-n', 'standby,0', `/dev/${name}`];
  const run = { program, args, timeoutMs: PATIENCE_MS, maxBytes: MAX_OUTPUT_BYTES };
  const ran = await exec?.run(run, outliving);
  if (ran === undefined || ran.why !== '') return ran?.why;
  const health = parseSmartctl(ran.stdout);
  if (health === undefined)
    return (ran.code & NOT_OPENED) === 0 ? undefined : 'smartctl could not open it or read its identity';
  const model = files.read(`${DISKS}/${name}/device/model`, 128);
  return {
    kind: 'smart',
    name,
    state: health.passed === false ? 'failing' : health.signs.length > 0 ? 'worn' : '',
    usedPercent: 0,
    freeBytes: 0,
    forecast: '',
    device: isFailure(model) ? '' : shorten(model.toString('utf8').trim(), 60),
    celsius: 0,
    limit: 0,
    words: health.signs.join(', '),
  };
}
