/** Every eBPF program of the kernel, by walking its ids: bpf(2), struct bpf_prog_info and bpf_link_info of linux/bpf.h. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { bpfLinkTypes, bpfProgramTypes, parseBpfLink, parseBpfProgram } from '#formats/bpf-object.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { Clock, Failure } from '#model/host.ts';
import type { BpfProgram } from '#model/kernel.ts';
import { type BpfKind, bpfInfo, nextBpfId } from './bpf-call.ts';
import { lastError } from './ffi.ts';

/** Ids read at a time; more programs than this are not looked at. */
export const MAX_PROGRAMS = 4096;
/** Processes whose descriptors are looked through for owners. */
const MAX_PROCESSES = 20_000;
const MAX_OWNERS = 16;

export interface BpfReader {
  read(): readonly BpfProgram[] | Failure;
}

/** Remembers programs by id (ids are never given twice while the host is up), so that a look at nothing new is cheap. */
export function openBpfReader(clock: Pick<Clock, 'bootMs'>): BpfReader {
  let known = new Map<number, BpfProgram>();
  let linkIds = '';
  return {
    read() {
      const ids = walk('program');
      if ('error' in ids) return ids;
      const links = walk('link');
      const walked = 'error' in links ? [] : links;
      const fresh = ids.some((id) => !known.has(id));
      const same = !fresh && linkIds === walked.join(' ');
      linkIds = walked.join(' ');
      const held = same ? undefined : linksOf(walked);
      const owners = fresh ? ownersOf() : undefined;
      const next = ids.flatMap((id) => {
        const program = known.get(id) ?? describe(id, clock.bootMs());
        return program === undefined ? [] : [withHolders(program, held, owners)];
      });
      known = new Map(next.map((program) => [program.id, program]));
      return next;
    },
  };
}

type Holders<T> = ReadonlyMap<number, readonly T[]> | undefined;

function withHolders(program: BpfProgram, links: Holders<string>, owners: Holders<number>): BpfProgram {
  return {
    ...program,
    ...(links && { links: links.get(program.id) ?? [] }),
    ...(owners && { owners: owners.get(program.id) ?? [] }),
  };
}

function walk(kind: BpfKind): readonly number[] | Failure {
  const ids: number[] = [];
  for (let id = nextBpfId(kind, 0); ; id = nextBpfId(kind, id)) {
    if (id < 0) {
      const error = lastError();
      return error === 'ENOENT' ? ids : { error, path: `bpf ${kind}s` };
    }
    ids.push(id);
    if (ids.length >= MAX_PROGRAMS) return ids;
  }
}

/** Undefined when it went in between. */
function describe(id: number, bootMs: number): BpfProgram | undefined {
  const info = bpfInfo('program', id);
  const program = info && parseBpfProgram(info);
  if (program === undefined) return undefined;
  return {
    id,
    type: bpfProgramTypes[program.type] ?? `type ${program.type}`,
    name: program.name,
    tag: program.tag,
    loadedMs: Math.round(bootMs + program.loadedNs / 1e6),
    uid: program.uid,
    links: [],
    owners: [],
  };
}

function linksOf(ids: readonly number[]): Map<number, readonly string[]> {
  const links = new Map<number, readonly string[]>();
  for (const id of ids) {
    const info = bpfInfo('link', id);
    const link = info && parseBpfLink(info);
    if (link === undefined) continue;
    const words = bpfLinkTypes[link.type] ?? `type ${link.type}`;
    links.set(link.program, [...new Set([...(links.get(link.program) ?? []), words])]);
  }
  return links;
}

/** Program id → processes that hold it or a link of it open, by /proc/PID/fdinfo. */
function ownersOf(): Map<number, readonly number[]> {
  const owners = new Map<number, number[]>();
  const pids = readdirSync('/proc').flatMap((name) => parseUint(name) ?? []);
  for (const pid of pids.slice(0, MAX_PROCESSES)) {
    for (const id of programsHeldBy(pid)) {
      const list = owners.get(id) ?? [];
      owners.set(id, list);
      if (list.length < MAX_OWNERS && list.at(-1) !== pid) list.push(pid);
    }
  }
  return owners;
}

function programsHeldBy(pid: number): number[] {
  const ids: number[] = [];
  for (const fd of listed(`/proc/${pid}/fd`)) {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '';
    // "anon_inode:bpf-prog", "anon_inode:bpf_link"; a perf event carries its program unnamed.
    if (!/^anon_inode:\[?bpf[-_](?:prog|link)/.test(target)) continue;
    const text = attempt(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) ?? '';
    const id = parseUint(/^prog_id:\t(\d+)$/m.exec(text)?.[1] ?? '');
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

function listed(path: string): readonly string[] {
  return attempt(() => readdirSync(path)) ?? [];
}

/** Undefined where the process has gone or may not be asked. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
