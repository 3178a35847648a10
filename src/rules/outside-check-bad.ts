/** A check of the administrator's says that something is wrong. See docs/rules/outside-check-bad.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type OutsideCheckRow, outsideChecks } from '#sensors/outside-check-table.ts';

const load: OutsideCheckRow = {
  name: 'load',
  state: 'ok',
  text: 'OK - load average: 0.1',
  more: [],
  measured: ['load1=0.1'],
  program: '/usr/lib/nagios/plugins/check_load',
  user: 'nobody',
  ranMs: 1_763_694_000_000,
  tookMs: 12,
};

const severities = { warning: 'medium', critical: 'high', unknown: 'low', failed: 'medium' } as const;

export default defineRule<OutsideCheckRow>({
  id: 'outside-check-bad',
  doc: 'A check of the administrator says warning, critical or unknown, or could not be run.',
  on: 'outside-checks',
  table: outsideChecks,
  attack: ['T1499'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    const severity = row.state in severities ? severities[row.state as keyof typeof severities] : undefined;
    if (severity === undefined) return undefined;
    const said = row.text === '' ? 'it says nothing' : shorten(visible(row.text), 160);
    return {
      subject: row.name,
      severity,
      // Bad at the first look is bad: it does not become normal.
      dangerous: true,
      title: `Check "${visible(row.name)}" ${row.state === 'failed' ? 'could not be run' : `is ${row.state}`}: ${said}`,
      why: 'One of your own checks says so; Telltale only runs it and tells. The alert closes when the check is fine again.',
      next: `sudo -u ${shellQuote(row.user === '' ? 'root' : row.user)} ${shellQuote(row.program)}; telltale show outside-checks`,
      facts: { check: row.name, state: row.state, text: row.text, measured: row.measured, tookMs: row.tookMs },
    };
  },
  samples: [
    {
      name: 'warning',
      judgement: { change: { type: 'added', after: { ...load, state: 'warning' } } },
      expect: 'medium',
    },
    {
      name: 'critical at the first look',
      judgement: { change: { type: 'added', after: { ...load, state: 'critical', text: 'CRITICAL' } }, learning: true },
      expect: 'high',
    },
    { name: 'unknown', judgement: { change: { type: 'added', after: { ...load, state: 'unknown' } } }, expect: 'low' },
    {
      name: 'it took too long',
      judgement: { change: { type: 'added', after: { ...load, state: 'failed', text: 'no end after 30000 ms' } } },
      expect: 'medium',
    },
    {
      name: 'accepted',
      judgement: { change: { type: 'added', after: { ...load, state: 'warning' } }, known: true },
      expect: undefined,
    },
    { name: 'fine', judgement: { change: { type: 'added', after: load } }, expect: undefined },
  ],
});
