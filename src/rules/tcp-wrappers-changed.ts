/** hosts.allow or hosts.deny says something else. See docs/rules/tcp-wrappers-changed.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type FirewallRow, firewall } from '#sensors/firewall.ts';
import { inputChain, WRAPPERS, wrapperLine } from './firewall-words.ts';

/** hosts_options(5): a shell command for whoever connects, run as the daemon. */
const RUNS = /:\s*(?:spawn|twist)\b/i;

export default defineRule<FirewallRow>({
  id: 'tcp-wrappers-changed',
  doc: 'A line of hosts.allow or hosts.deny was added or taken out.',
  on: 'firewall',
  table: firewall,
  attack: ['T1562.004', 'T1546'],
  types: ['added', 'removed'],
  judge({ change, known, learning }) {
    if (change.type === 'changed' || learning) return undefined;
    const row = change.type === 'added' ? change.after : change.before;
    if (row.family !== WRAPPERS || (change.type === 'added' && known)) return undefined;
    const line = shorten(visible(row.chain), 140);
    const added = change.type === 'added';
    return {
      subject: `${row.table} ${row.chain}`,
      facts: { file: row.table, line: row.chain },
      severity: severityOf(row, added),
      title: `${added ? 'New in' : 'No longer in'} ${row.table}: ${line}`,
      why: RUNS.test(row.chain)
        ? 'The line runs a command when somebody connects, as the user of the service: a way in that no port shows.'
        : 'The two files decide who may talk to services that use TCP wrappers.',
      next: `cat -v -- ${shellQuote(row.table)}; ls -l -- ${shellQuote(row.table)}`,
    };
  },
  samples: [
    {
      name: 'a command for whoever connects',
      judgement: {
        change: {
          type: 'added',
          after: { ...wrapperLine, table: '/etc/hosts.allow', chain: 'sshd: 203.0.113.9: spawn (/tmp/x)' },
        },
      },
      expect: 'critical',
    },
    {
      name: 'somebody is let in',
      judgement: { change: { type: 'added', after: { ...wrapperLine, table: '/etc/hosts.allow', chain: 'ALL: ALL' } } },
      expect: 'medium',
    },
    {
      name: 'the ban of all is gone',
      judgement: { change: { type: 'removed', before: wrapperLine } },
      expect: 'medium',
    },
    { name: 'one more is kept out', judgement: { change: { type: 'added', after: wrapperLine } }, expect: 'low' },
    { name: 'a chain of the filter', judgement: { change: { type: 'added', after: inputChain } }, expect: undefined },
    {
      name: 'a known line',
      judgement: { change: { type: 'added', after: wrapperLine }, known: true },
      expect: undefined,
    },
  ],
});

function severityOf(row: FirewallRow, added: boolean): Severity {
  if (added && RUNS.test(row.chain)) return 'critical';
  return added === row.table.endsWith('.allow') ? 'medium' : 'low';
}
