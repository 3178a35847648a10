/** Who mounted something: heard from the kernel when it happened, for the look that finds the mount a moment later. */

import type { Host, ProcessFacts } from '#model/host.ts';
import { type ActorCells, actorOf, nobody } from './actor-columns.ts';

/** A mount that appears this long after somebody was heard mounting is that one's work. */
const SAME_DEED_MS = 2000;

/** Program, user and process that mounted; empty where nobody was heard. */
export interface Mounter extends ActorCells {
  readonly mounter: string;
  readonly user: string;
  readonly uid: number;
}

export const noMounter: Mounter = { ...nobody, mounter: '', user: '', uid: 0 };

const heard = new WeakMap<Host['processes'], { readonly who: Mounter; readonly atMs: number }>();

/** A process has just mounted something. Its parents are asked for at once: a moment later they may be gone. */
export function heardMounter(host: Pick<Host, 'processes' | 'clock'>, process: ProcessFacts | undefined): void {
  if (process === undefined) return;
  const who = { ...actorOf(host, process), mounter: process.exe, user: process.user, uid: process.uid };
  heard.set(host.processes, { who, atMs: host.clock.monotonicMs() });
}

/** Who was heard mounting a moment ago. */
export function mounterNow(host: Pick<Host, 'processes' | 'clock'>): Mounter {
  const last = heard.get(host.processes);
  return last !== undefined && host.clock.monotonicMs() - last.atMs <= SAME_DEED_MS ? last.who : noMounter;
}
