/** Somebody may act as somebody else. See docs/rules/privilege-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type PrivilegeRow, privileges } from '#sensors/privileges.ts';
import { aboutPrivilege, bobFree, groupSudo, may, risk, weightOf, who } from './privilege-words.ts';

export default defineRule<PrivilegeRow>({
  id: 'privilege-new',
  doc: 'A rule of sudo, doas or polkit that is not in the baseline lets somebody act as somebody else.',
  on: 'privileges',
  table: privileges,
  attack: ['T1548.003'],
  types: ['added'],
  judge({ change, known, learning, replaced }) {
    if (change.type !== 'added' || known || replaced !== undefined) return undefined;
    const row = change.after;
    if (row.kind === 'file' || row.kind === 'sudo default') return undefined;
    const everyone = row.who === 'ALL' && weightOf(row) === 'critical';
    if (learning && !everyone) return undefined;
    const severity = weightOf(row);
    if (severity === 'info') return undefined;
    return {
      ...aboutPrivilege(row),
      severity,
      dangerous: everyone,
      onlyAsPackaged: true,
      title: `${who(row)} ${may(row).replace(/^may /, 'may now ')}`,
      why: `It holds from the next command on, without a login.${risk(row)}`,
    };
  },
  samples: [
    {
      name: 'everything without a password',
      judgement: { change: { type: 'added', after: bobFree } },
      expect: 'critical',
    },
    { name: 'everything with a password', judgement: { change: { type: 'added', after: groupSudo } }, expect: 'high' },
    {
      name: 'everyone, in the first look',
      judgement: { change: { type: 'added', after: { ...bobFree, who: 'ALL' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'a program that opens a shell',
      judgement: { change: { type: 'added', after: { ...bobFree, command: '/usr/bin/vim /etc/motd' } } },
      expect: 'critical',
    },
    {
      name: 'one harmless command',
      judgement: { change: { type: 'added', after: { ...bobFree, command: '/usr/sbin/poweroff' } } },
      expect: 'medium',
    },
    {
      name: 'as a service',
      judgement: { change: { type: 'added', after: { ...bobFree, runAs: 'postgres', command: '/usr/bin/pg_dump' } } },
      expect: 'low',
    },
    {
      name: 'a script of polkit that says yes',
      judgement: {
        change: {
          type: 'added',
          after: { ...bobFree, kind: 'polkit', who: 'script', command: '/etc/polkit-1/rules.d/x.rules' },
        },
      },
      expect: 'high',
    },
    {
      name: 'root may do everything',
      judgement: { change: { type: 'added', after: { ...groupSudo, who: 'root' } } },
      expect: undefined,
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: bobFree }, known: true }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: bobFree }, learning: true },
      expect: undefined,
    },
    {
      name: 'instead of another rule, which privilege-changed tells',
      judgement: { change: { type: 'added', after: bobFree }, replaced: { ...bobFree, password: 'asked' } },
      expect: undefined,
    },
  ],
});
