/** What somebody may do as somebody else is another thing. See docs/rules/privilege-changed.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { gravity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type PrivilegeRow, privileges } from '#sensors/privileges.ts';
import { aboutPrivilege, bobFree, may, risk, weightOf, who } from './privilege-words.ts';

export default defineRule<PrivilegeRow>({
  id: 'privilege-changed',
  doc: 'A rule of sudo, doas or polkit was exchanged, or a script of polkit changed.',
  on: 'privileges',
  table: privileges,
  attack: ['T1548.003'],
  types: ['added', 'changed', 'removed'],
  judge({ change, known, learning, replaced }) {
    if (learning) return undefined;
    if (change.type === 'removed') return known ? gone(change.before) : undefined;
    const row = change.after;
    if (known || row.kind === 'file' || row.kind === 'sudo default') return undefined;
    const before = change.type === 'changed' ? change.before : replaced;
    if (before === undefined || (change.type === 'changed' && before.content === row.content)) return undefined;
    return exchanged(before, row, change.type === 'changed');
  },
  samples: [
    {
      name: 'no longer asked',
      judgement: { change: { type: 'added', after: bobFree }, replaced: { ...bobFree, password: 'asked' } },
      expect: 'critical',
    },
    {
      name: 'asked again',
      judgement: { change: { type: 'added', after: { ...bobFree, password: 'asked' } }, replaced: bobFree },
      expect: 'low',
    },
    {
      name: 'a script of polkit has other words',
      judgement: {
        change: {
          type: 'changed',
          before: { ...bobFree, kind: 'polkit', who: 'script', content: '00' },
          after: { ...bobFree, kind: 'polkit', who: 'script', content: '11' },
        },
      },
      expect: 'high',
    },
    { name: 'a rule is gone', judgement: { change: { type: 'removed', before: bobFree }, known: true }, expect: 'low' },
    { name: 'a new rule', judgement: { change: { type: 'added', after: bobFree } }, expect: undefined },
    {
      name: 'the file was opened, which privilege-file-open tells',
      judgement: {
        change: {
          type: 'changed',
          before: bobFree,
          after: { ...bobFree, kind: 'file', trouble: 'everyone may write it' },
        },
      },
      expect: undefined,
    },
  ],
});

function gone(row: PrivilegeRow) {
  if (row.kind === 'file' || weightOf(row) === 'info') return undefined;
  const defaults = row.kind === 'sudo default';
  return {
    ...aboutPrivilege(row),
    severity: row.password === 'denied' ? ('medium' as const) : ('low' as const),
    title: defaults
      ? `sudo is no longer told ${shorten(visible(row.command), 80)}`
      : `No longer so: ${who(row)} ${may(row)}`,
    why: 'A rule was taken away: by an administrator who tidies up, or to lock somebody out, or a rule that forbade something is missing now.',
    next: `ls -l --time-style=full-iso -- ${shellQuote(row.file)}; visudo -c`,
  };
}

/** `script`: the same file with other words, not another rule. */
function exchanged(before: PrivilegeRow, row: PrivilegeRow, script: boolean) {
  const about = aboutPrivilege(row);
  const wider = script || row.command !== before.command || gravity(weightOf(row)) > gravity(weightOf(before));
  const severity = wider ? weightOf(row) : 'low';
  if (severity === 'info') return undefined;
  return {
    ...about,
    severity,
    title: script
      ? `${who(row)}, ${shorten(visible(row.command), 100)}, was changed and ${may(row)}`
      : `${who(row)} ${may(row).replace(/^may /, 'may now ')}; before: ${may(before)}`,
    why: `It holds from the next command on, without a login.${risk(row)}`,
    facts: {
      ...about.facts,
      commandBefore: before.command,
      passwordBefore: before.password,
      runAsBefore: before.runAs,
    },
  };
}
