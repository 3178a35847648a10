/** The words of a mail: subject and plain text. The HTML form is in mail-html.ts. */

import { headerText } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import type { Alert } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import type { View } from './alert.ts';
import { incidentBlock } from './incident.ts';
import { glyph, gravestSign } from './sign.ts';
import { wrap } from './wrap.ts';

/** The most alerts that are spelled out in one message; the rest is counted. */
export const MAX_ALERTS_IN_MAIL = 20;

/** Alerts of a notice, gravest first; the alert itself where the notice lists none. */
export function alertsOf(notice: Notice): readonly Alert[] {
  return (notice.alerts.length > 0 ? notice.alerts : [notice.alert]).slice(0, MAX_ALERTS_IN_MAIL);
}

/** "web-03 ◆ nc opened port 4444 to every address (and 2 more)"; the sign is the gravest that is still open. */
export function mailSubject(notice: Notice): string {
  const alerts = alertsOf(notice);
  const sign = glyph(gravestSign(alerts));
  const host = headerText(notice.alert.host, 64);
  const title = headerText((alerts[0] ?? notice.alert).finding.title, 120);
  const others = notice.incident.count - 1;
  const more = others > 0 ? ` (and ${others} more)` : '';
  const held = notice.suppressed === undefined ? '' : ` [${plural(notice.suppressed, 'notice')} held back]`;
  return `${notice.update ? 'Re: ' : ''}${host} ${sign} ${title}${more}${held}`;
}

/** What a cap held back, in one sentence; "" when nothing was. */
export function suppressedWords(notice: Notice): string {
  if (notice.suppressed === undefined) return '';
  const were = notice.suppressed === 1 ? 'was' : 'were';
  return `This channel's limit was reached: ${plural(notice.suppressed, 'further notice')} ${were} not sent. All are recorded: telltale changes --all`;
}

/** The plain text of a mail, at most 78 characters wide save for what is pasted. */
export function mailText(notice: Notice, view: View): string {
  const held = wrap(suppressedWords(notice), 78).join('\n');
  const parts = [
    held,
    incidentBlock(notice.incident, alertsOf(notice), view),
    `-- \nTelltale on ${headerText(notice.alert.host, 64)}. All of it: telltale changes`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
