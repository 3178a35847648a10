/** Which findings are about the same, and how the second adds to the first. */

import { hash } from 'node:crypto';
import { type Finding, gravity } from '#model/finding.ts';

type Printed = Pick<Finding, 'rule' | 'subject' | 'continues'>;

/** 32 hexadecimal digits over host, rule and subject. A finding that continues another rule's alert has its print. */
export function fingerprintOf(host: string, finding: Printed): string {
  return printOf(host, continuedBy(finding)[0] ?? finding.rule, finding.subject);
}

/** All prints under which an alert that this finding is about may stand, the likeliest first. */
export function fingerprintsOf(host: string, finding: Printed): readonly string[] {
  return [...continuedBy(finding), finding.rule].map((rule) => printOf(host, rule, finding.subject));
}

function continuedBy({ continues = [] }: Printed): readonly string[] {
  return typeof continues === 'string' ? [continues] : continues;
}

function printOf(host: string, rule: string, subject: string): string {
  return hash('sha256', JSON.stringify([host, rule, subject]), 'hex').slice(0, 32);
}

/** The later finding's words over the earlier one's: the gravest severity, all facts, and who it was stay. */
export function mergeFindings(before: Finding, after: Finding): Finding {
  const severity = gravity(after.severity) >= gravity(before.severity) ? after.severity : before.severity;
  const who = better(before.who, after.who);
  const attack = [...new Set([...(before.attack ?? []), ...(after.attack ?? [])])];
  const source = after.source ?? before.source;
  const { continues: _, ...rest } = after;
  return {
    ...rest,
    rule: before.rule,
    severity,
    facts: { ...before.facts, ...after.facts },
    ...(who && { who }),
    ...(source && { source }),
    ...(attack.length > 0 && { attack }),
  };
}

/** Of two descriptions the one that knows the program; the later one when both do. */
function better(before: Finding['who'], after: Finding['who']): Finding['who'] {
  if (after === undefined || after.exe === '')
    return before === undefined || before.exe === '' ? (after ?? before) : before;
  return after;
}
