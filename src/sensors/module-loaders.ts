/** Who loaded a module: heard from the kernel when it happened, for the look that finds the module a moment later. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { type ActorCells, actorOf, nobody } from './actor-columns.ts';

/** A module that appears this long after a loader was heard is its work. */
const SAME_DEED_MS = 5000;
const MAX_MODULES = 2000;

/** Program, user and process that loaded a module; empty where nobody was heard. */
export interface Loader extends ActorCells {
  readonly loader: string;
  readonly user: string;
  readonly uid: number;
}

const unknown: Loader = { ...nobody, loader: '', user: '', uid: 0 };

interface Memory {
  last: { readonly who: Loader; readonly atMs: number } | undefined;
  readonly modules: BoundedMap<string, { readonly inode: number; readonly who: Loader }>;
}
const memories = new WeakMap<Host['processes'], Memory>();

function memoryOf({ processes }: Pick<Host, 'processes'>): Memory {
  const known = memories.get(processes);
  if (known !== undefined) return known;
  const fresh: Memory = { last: undefined, modules: new BoundedMap(MAX_MODULES) };
  memories.set(processes, fresh);
  return fresh;
}

/** A process loads a module now. Its parents are asked for at once: a moment later they may be gone. */
export function heardLoader(host: Pick<Host, 'processes' | 'clock'>, process: ProcessFacts | undefined): void {
  if (process === undefined) return;
  const who = { ...actorOf(host, process), loader: process.exe, user: process.user, uid: process.uid };
  memoryOf(host).last = { who, atMs: host.clock.monotonicMs() };
}

/** Who loaded it; `inode` of its folder in /sys/module tells one load from the next. */
export function loaderOf(host: Pick<Host, 'processes' | 'clock'>, name: string, inode: number): Loader {
  const memory = memoryOf(host);
  const known = memory.modules.get(name);
  if (known?.inode === inode) return known.who;
  const { last } = memory;
  const heard = last !== undefined && host.clock.monotonicMs() - last.atMs <= SAME_DEED_MS;
  const who = heard ? last.who : unknown;
  memory.modules.set(name, { inode, who });
  return who;
}
