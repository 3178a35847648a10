/**
 * Several rows of one file that change at once are one deed and one alert: forty accounts in one edit, a line that makes
 * three findings; so are rows of several files whose findings name one deed. See docs/decisions/0231-rows-of-one-deed.md.
 */

import { type Finding, gravity } from '#model/finding.ts';
import type { StoredAlert } from '#model/store.ts';
import { listed } from './deeds.ts';

/** Rows whose end an alert waits for; further ones are counted, and end with the last of these. */
const keptRows = 1_000;

type Told = Pick<StoredAlert, 'finding' | 'table' | 'key' | 'about' | 'fingerprint'>;

/** Names the deed that a finding is a part of; undefined for what is an alert of its own whatever came with it. */
export function deedOf({ finding, table, about }: Pick<Told, 'finding' | 'table' | 'about'>): string | undefined {
  const { file } = finding.facts;
  if (typeof file !== 'string' || file === '' || table === '') return undefined;
  // A part of what is told elsewhere is no deed of its own, unless it says which.
  if ((finding.folds !== undefined && finding.deed === undefined) || finding.over === true) return undefined;
  return [table, about, finding.deed ?? file, finding.apart === true ? finding.rule : ''].join('\u0000');
}

/** The alert with one more row of its deed; the gravest leads. */
export function withRow(alert: StoredAlert, part: Told): StoredAlert {
  const before = { ...alert.finding, title: alert.deed?.title ?? alert.finding.title };
  const leads = gravity(part.finding.severity) > gravity(before.severity);
  const [lead, other] = leads ? [part.finding, before] : [before, part.finding];
  const others = alert.deed?.rows ?? [];
  const own = { key: alert.key, fingerprint: alert.fingerprint };
  const rows = leads ? [own, ...others] : [...others, { key: part.key, fingerprint: part.fingerprint }];
  const deed = { title: lead.title, rows: rows.slice(0, keptRows), more: (alert.deed?.more ?? 0) + 1 };
  const place = leads ? { key: part.key, fingerprint: part.fingerprint } : own;
  return { ...alert, ...place, deed, finding: counted(merged(lead, other, { alert, leads }), deed) };
}

/** The alert once one of its rows is gone, or as it was; undefined when that was the last one. */
export function withoutRow(alert: StoredAlert, key: string): StoredAlert | undefined {
  if (alert.deed === undefined) return undefined;
  const rows = alert.deed.rows.filter((row) => row.key !== key);
  const [next] = rows;
  if (alert.key !== key) return { ...alert, deed: { ...alert.deed, rows } };
  return next && { ...alert, key: next.key, deed: { ...alert.deed, rows: rows.slice(1) } };
}

/** Keys of all rows that the alert is about, the leading one first. */
export function keysOf({ key, deed }: Pick<StoredAlert, 'key' | 'deed'>): readonly string[] {
  return deed === undefined ? [key] : [...new Set([key, ...deed.rows.map((row) => row.key)])];
}

/** Prints of all that the alert tells, the leading one first. */
export function printsOf({ fingerprint, deed }: Pick<StoredAlert, 'fingerprint' | 'deed'>): readonly string[] {
  return deed === undefined ? [fingerprint] : [fingerprint, ...deed.rows.map((row) => row.fingerprint)];
}

/** The words of what leads, with how many more there are. */
export function counted(finding: Finding, deed: StoredAlert['deed']): Finding {
  return deed === undefined ? finding : { ...finding, title: `${deed.title} (and ${deed.more} more)` };
}

function merged(lead: Finding, other: Finding, { alert, leads }: { alert: StoredAlert; leads: boolean }): Finding {
  const before = listed(alert.finding.facts['also']);
  const also = (leads ? listed([other.title, ...before]) : listed(before, other.title)).filter(
    (title) => title !== lead.title,
  );
  const who = lead.who ?? other.who;
  const { dangerous: _, ...rest } = lead;
  return {
    ...rest,
    facts: { ...lead.facts, ...(also.length > 0 && { also }) },
    attack: [...new Set([...(lead.attack ?? []), ...(other.attack ?? [])])],
    ...(who && { who }),
    ...((lead.dangerous === true || other.dangerous === true) && { dangerous: true }),
  };
}
