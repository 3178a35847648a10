/** Blocks that the kernel put up by itself: when it is asked for them, and what they become. */

import type { KernelBlock } from '#model/responder.ts';

/** After news of a block its count is read once, this much later. */
const newsMs = 1_000;
/** Asked this often while something goes on, and else more rarely: asking starts a program. */
const everyMs = 5_000;
const idleMs = 30_000;

/** Times are monotonic. */
export class KernelAsking {
  #askedMs = 0;
  #toldMs: number | undefined;

  /** The kernel told of a block, or of some that were missed. */
  told(nowMs: number): void {
    this.#toldMs ??= nowMs;
  }

  /** True when it is to be asked now; then it counts as asked. */
  due(nowMs: number, goesOn: boolean): boolean {
    const news = this.#toldMs !== undefined && nowMs - this.#toldMs >= newsMs;
    if (!news && nowMs - this.#askedMs < (goesOn ? everyMs : idleMs)) return false;
    this.#askedMs = nowMs;
    this.#toldMs = undefined;
    return true;
  }
}

/** What becomes of a block by the kernel, and what it knew about it. */
export function kernelWish({ target, untilMs, kind = 'drop', packet = '', port = 0 }: KernelBlock) {
  const last = port > 0 ? ` (the last was ${port})` : '';
  const how =
    kind === 'drop' ? 'shut it out by itself' : 'answers it only when it asks again, as clients do and scanners do not';
  const reason = `closed TCP ports, one after the other${last}: the kernel ${how}`;
  const wish = { target, kind, by: 'kernel', reason, untilMs, alert: undefined } as const;
  return { wish, evidence: { ...(packet !== '' && { packet }), ...(port > 0 && { port, mode: 'tcp' }) } };
}
