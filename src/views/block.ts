/** Words about blocks, for terminal and page. */

import { formatDuration } from '#lib/duration.ts';
import { plural } from '#lib/plural.ts';
import type { Block } from '#model/responder.ts';
import type { Verbs } from '#model/verbs.ts';
import { ago, moment } from './time.ts';

/** What stands between the address and us. */
export function howWords({ kind, state }: Pick<Block, 'kind' | 'state'>): string {
  const how = kind === 'drop' ? 'dropped' : 'slowed down';
  if (state === 'planned') return `would be ${how}`;
  return state === 'failed' ? 'failed' : how;
}

/** Why, with what was repeated and what did not work. */
export function whyWords(block: Block): string {
  const nth = block.times > 1 ? ` (${block.times}. time)` : '';
  const failures = Object.entries(block.done).flatMap(([way, { failure }]) =>
    failure === undefined ? [] : [`${way}: ${failure}`],
  );
  const failed = failures.length === 0 ? '' : `; ${failures.join('; ')}`;
  const dropped = block.dropped === undefined ? '' : `; ${plural(block.dropped, 'packet')} dropped`;
  return `${block.reason}${nth}${dropped}${failed}`;
}

/** "in 54 min", or how it ended. */
export function untilWords(block: Block, nowMs: number): string {
  if (block.endedMs !== 0) return `${block.endedWhy} ${ago(block.endedMs, nowMs)}`;
  return ago(block.untilMs, nowMs);
}

/** Through what it is done: "nftables, hosts-deny". */
export function byWords({ done }: Pick<Block, 'done'>): string {
  return Object.entries(done)
    .filter(([, { state }]) => state === 'active')
    .map(([way]) => way)
    .join(', ');
}

/** The sentence above the list. */
export function blocksSentence({ mode, blocks, cap }: Verbs['blocks']['result']): string {
  const standing = blocks.filter(({ endedMs, state }) => endedMs === 0 && state === 'active').length;
  const planned = blocks.filter(({ endedMs, state }) => endedMs === 0 && state === 'planned').length;
  const answers = {
    off: 'Attacks are not answered by themselves (answers.mode is "off")',
    try: `Answers are tried out only: ${plural(planned, 'address')} would be blocked now`,
    on: `Attacks are answered, with at most ${cap} blocks`,
  }[mode];
  return `${standing === 0 ? 'Nobody is blocked' : `${plural(standing, 'block')} ${standing === 1 ? 'stands' : 'stand'}`}. ${answers}.`;
}

/** "192.0.2.7 is blocked until 21 November 2026, 03:14:31 +01:00 (1 h)." */
export function blockedSentence(block: Block): string {
  const nth = block.times > 1 ? `, the ${block.times}. time` : '';
  return `${block.target} is blocked by ${byWords(block)} until ${moment(block.untilMs)} (${formatDuration(Math.round((block.untilMs - block.sinceMs) / 1000) * 1000)}${nth}).`;
}
