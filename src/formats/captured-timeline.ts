/** The timeline of a captured host, JSON lines: see docs/formats/captured-host.md. */

import { linesOf, type Parsed } from '#lib/parse-lines.ts';
import type { KernelEvent, NetworkNamespace, ProcessFacts, RawSocket } from '#model/host.ts';

/** A socket as a timeline has it: the kernel's view, and who holds it. */
export interface TimelineSocket extends RawSocket {
  readonly owners: readonly number[];
}

/** A file from now on: its whole text, null where it is gone, or a Unix socket at that path. */
export type TimelineFile = string | null | { readonly type: 'socket'; readonly mode: number; readonly uid: number };

/** A process event before its process is looked up. */
export type TimelineEvent = Omit<KernelEvent, 'timeMs' | 'process'>;

/** What became known, or happened, at one moment. What is undefined stays as it was. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly sockets: readonly TimelineSocket[] | undefined;
  readonly processes: readonly ProcessFacts[] | undefined;
  readonly namespaces: readonly NetworkNamespace[] | undefined;
  readonly events: readonly TimelineEvent[] | undefined;
  /** By path. */
  readonly files: Readonly<Record<string, TimelineFile>> | undefined;
}

/** Inode of the namespace that is meant where none is given: the kernel's first one. */
export const FIRST_NAMESPACE = 4026531840;

type Json = Readonly<Record<string, unknown>>;

/** Reads a timeline; rows are in the order of their time. Unreadable lines, and lines without a time, are rejects. */
export function parseTimeline(text: string): Parsed<TimelineEntry> {
  const rows: TimelineEntry[] = [];
  const rejects: string[] = [];
  for (const line of linesOf(text)) {
    const entry = parseEntry(line);
    if (entry === undefined) rejects.push(line);
    else rows.push(entry);
  }
  return { rows: rows.sort((a, b) => a.atMs - b.atMs), rejects };
}

function parseEntry(line: string): TimelineEntry | undefined {
  const json = parseObject(line);
  const atMs = json?.['atMs'];
  if (json === undefined || typeof atMs !== 'number' || !Number.isSafeInteger(atMs)) return undefined;
  const { files } = json;
  return {
    atMs,
    sockets: listOf(json['sockets'], (one) => ({
      ...withDefaults(one, socketDefaults),
      ...filterOf(one),
      owners: numbersOf(one['owners']),
    })),
    processes: listOf(json['processes'], (one) => withDefaults(one, processDefaults)),
    namespaces: listOf(json['namespaces'], (one) => withDefaults(one, namespaceDefaults)),
    events: listOf(json['events'], (one) => withDefaults(one, eventDefaults)),
    files: isObject(files) ? filesOf(files) : undefined,
  };
}

function parseObject(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf<T>(value: unknown, make: (one: Json) => T): readonly T[] | undefined {
  return Array.isArray(value) ? value.filter(isObject).map(make) : undefined;
}

/** The defaults, with each field of `from` that has the same type as its default. */
function withDefaults<T extends object>(from: Json, defaults: T): T {
  const given = Object.entries(defaults).filter(([name, value]) => typeof from[name] === typeof value);
  return { ...defaults, ...Object.fromEntries(given.map(([name]) => [name, from[name]])) };
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((one): one is number => Number.isSafeInteger(one)) : [];
}

/** Not told where it is left out, as by a kernel that does not say. */
function filterOf({ filterInstructions }: Json): Pick<RawSocket, 'filterInstructions'> {
  return typeof filterInstructions === 'number' ? { filterInstructions } : {};
}

function filesOf(files: Json): Readonly<Record<string, TimelineFile>> {
  return Object.fromEntries(Object.entries(files).filter((entry): entry is [string, TimelineFile] => isFile(entry[1])));
}

function isFile(value: unknown): value is TimelineFile {
  if (value === null || typeof value === 'string') return true;
  return isObject(value) && value['type'] === 'socket' && [value['mode'], value['uid']].every(Number.isSafeInteger);
}

const socketDefaults: RawSocket = {
  namespace: FIRST_NAMESPACE,
  family: 'inet',
  protocol: 'tcp',
  state: 'LISTEN',
  localAddress: '',
  localPort: 0,
  remoteAddress: '',
  remotePort: 0,
  path: '',
  interfaceIndex: 0,
  number: 0,
  portId: 0,
  uid: 0,
  inode: 0,
  receiveQueueBytes: 0,
  sendQueueBytes: 0,
};

const processDefaults: ProcessFacts = {
  pid: 0,
  parentPid: 1,
  startTicks: 0,
  startedMs: 0,
  comm: '',
  exe: '',
  exeState: 'present',
  cmdline: '',
  uid: 0,
  user: '',
  cgroup: '',
  namespace: FIRST_NAMESPACE,
  asStarted: false,
};

const namespaceDefaults: NetworkNamespace = { inode: FIRST_NAMESPACE, label: 'host', pid: 1 };

const eventDefaults: TimelineEvent = {
  kind: 'listen',
  pid: 0,
  namespace: FIRST_NAMESPACE,
  family: 'inet',
  protocol: 'tcp',
  address: '',
  port: 0,
};
