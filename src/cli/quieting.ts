/** What accept, ack, mute and unmute have in common: ids, a reason, and saying what they quieted. */

import { parseDuration } from '#lib/duration.ts';
import { harmless, shorten } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shortId } from '#lib/short-id.ts';
import { type QuietResult, VerbError } from '#model/verbs.ts';
import { titleOf } from '#views/alert.ts';
import { signOfAlert } from '#views/sign.ts';
import type { Call } from './command.ts';
import { signOn } from './show-text.ts';

/** The option for the reason. */
export const reasonOption = ['-m, --message <reason>', 'why, for the record'] as const;

/** The reason; throws VerbError "USAGE" when it is missing; a trial records nothing and needs none. */
export function reasonOf(call: Call, command: string): string {
  const reason = call.text('message')?.trim() ?? '';
  if (reason !== '' || call.flag('dry-run')) return reason;
  throw new VerbError(
    'USAGE',
    `Why is it normal? The record needs a reason. Next: telltale ${[command, ...call.args].join(' ')} -m 'reason'`,
  );
}

/** Epoch milliseconds after the duration of an option; `otherwise` when it is not given. */
export function untilOf(call: Call, option: string, otherwise: number): number {
  const text = call.text(option);
  if (text === undefined) return otherwise;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0)
    throw new VerbError('USAGE', `Cannot read --${option} "${text}". Write it as "8 h" or "30 days"`);
  return Date.now() + ms;
}

/** Says what was (or would be) quieted. */
export function tellQuieted(call: Call, done: string, result: QuietResult): void {
  const { terminal } = call;
  terminal.object(result);
  terminal.line(result);
  if (terminal.format !== 'words') return;
  for (const alert of result.alerts) {
    const verb = result.dryRun ? `would be ${done}` : done;
    terminal.out(
      `${signOn(terminal, result.dryRun ? signOfAlert(alert) : 'settled')} ${shortId(alert.id)}  ${verb}: ${titleOf(alert)}`,
    );
  }
  const { count, titles } = result.alsoQuiets;
  if (count === 0) return;
  terminal.out(
    `${result.dryRun ? 'It would also have quieted' : 'It also quiets'} ${plural(count, 'alert')} of the last 30 days${titles.length > 0 ? ':' : '.'}`,
  );
  for (const title of titles.slice(0, 5)) terminal.out(`  ${shorten(harmless(title), 200)}`);
  if (titles.length > 5) terminal.out(`  and ${titles.length - 5} more kinds`);
}
