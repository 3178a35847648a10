/** The words of a mail: subject and plain text. The HTML form is in mail-html.ts. */

import { headerText, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shortId } from '#lib/short-id.ts';
import type { Alert } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import { titleOf, type View } from './alert.ts';
import { incidentBlock } from './incident.ts';
import { glyph, gravestSign, signOfAlert } from './sign.ts';
import { moment } from './time.ts';
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
  const held = notice.suppressed === undefined ? '' : ` [and ${plural(notice.suppressed, 'further change')}]`;
  return `${notice.update ? 'Re: ' : ''}${host} ${sign} ${title}${more}${held}`;
}

/** What the channel's limit did to this message, in one or two sentences; "" when nothing. */
export function limitWords({ suppressed = 0, silentUntilMs }: Notice, view: View): string {
  const words: string[] = [];
  if (silentUntilMs !== undefined)
    words.push(`This channel's limit is reached: it is silent until ${moment(silentUntilMs, view.timeZone)}.`);
  if (suppressed > 0) {
    const further = plural(suppressed, 'further change');
    words.push(
      `${further} ${suppressed === 1 ? 'is' : 'are'} only summed up here. All are recorded: ${view.command ?? 'telltale'} changes`,
    );
  }
  return words.join(' ');
}

/** The other changes that a summary stands for: sign, short id and title; how many are only counted comes last. */
export function otherLines({ others = [], suppressed = 0 }: Notice): readonly string[] {
  const lines = others.map((alert) => `${glyph(signOfAlert(alert))} ${visible(shortId(alert.id))}  ${titleOf(alert)}`);
  const rest = suppressed - others.length;
  return others.length > 0 && rest > 0 ? [...lines, `and ${plural(rest, 'more', 'more')}`] : lines;
}

/** The plain text of a mail, at most 78 characters wide save for what is pasted. */
export function mailText(notice: Notice, view: View): string {
  const others = otherLines(notice).flatMap((line) =>
    wrap(line, 76).map((part, index) => (index === 0 ? part : `  ${part}`)),
  );
  const parts = [
    wrap(limitWords(notice, view), 78).join('\n'),
    incidentBlock(notice.incident, alertsOf(notice), view),
    others.length === 0 ? '' : ['Also changed:', ...others].join('\n'),
    `-- \nTelltale on ${headerText(notice.alert.host, 64)}. All of it: ${view.command ?? 'telltale'} changes`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
