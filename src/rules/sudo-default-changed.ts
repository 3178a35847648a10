/** sudo behaves in another way. See docs/rules/sudo-default-changed.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type PrivilegeRow, privileges } from '#sensors/privileges.ts';
import { aboutPrivilege, groupSudo } from './privilege-words.ts';

const envReset: PrivilegeRow = { ...groupSudo, kind: 'sudo default', who: '', command: 'env_reset' };

/** Settings that open something, the gravest first: what sudo does then. */
const OPENINGS: readonly (readonly [pattern: RegExp, severity: Severity, words: string])[] = [
  [/^!authenticate$/, 'critical', 'no longer asks for a password'],
  [/^exempt_group/, 'high', 'spares the members of a group the password'],
  [
    /^env_(?:keep|check)\+?=.*\b(?:LD_|PYTHON|PERL|BASH_ENV|ENV\b|NODE_|RUBY|IFS)/,
    'high',
    'keeps variables that make programs run other code',
  ],
  [/^(?:!env_reset|setenv)$/, 'high', 'keeps the variables of whoever calls it'],
  [/^(?:verifypw|listpw)=never/, 'medium', 'lists what may be run without a password'],
  [/^timestamp_timeout=-/, 'high', 'asks for the password once and never again'],
  [/^timestamp_type=global/, 'high', 'takes a password given in one terminal for all'],
  [/^(?:!use_pty|!log_\w+|!syslog|!mail_\w+|!logfile)/, 'medium', 'writes down less of what is done'],
  [/^(?:secure_path|!secure_path)/, 'medium', 'looks for programs in other folders'],
  [/^(?:rootpw|targetpw|runaspw)$/, 'medium', 'asks for another password than that of whoever calls it'],
  [/^runas_default=/, 'medium', 'runs as another user when none is named'],
];

export default defineRule<PrivilegeRow>({
  id: 'sudo-default-changed',
  doc: 'A Defaults line of sudoers is new; what opens something is told as that.',
  on: 'privileges',
  table: privileges,
  attack: ['T1548.003'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning || change.after.kind !== 'sudo default') return undefined;
    const row = change.after;
    const [, severity, words] = OPENINGS.find(([pattern]) => pattern.test(row.command)) ?? [];
    const setting = shorten(visible(row.command), 100);
    const scope = row.who === '' ? '' : ` for ${shorten(visible(row.who.slice(1)), 60)}`;
    return {
      ...aboutPrivilege(row),
      severity: severity ?? 'low',
      title: words === undefined ? `sudo is now told "${setting}"${scope}` : `sudo now ${words}${scope}: "${setting}"`,
      why: 'Defaults of sudoers hold for every rule that they cover, from the next command on.',
    };
  },
  samples: [
    {
      name: 'no password',
      judgement: { change: { type: 'added', after: { ...envReset, who: ':bob', command: '!authenticate' } } },
      expect: 'critical',
    },
    {
      name: 'LD_PRELOAD passes',
      judgement: { change: { type: 'added', after: { ...envReset, command: 'env_keep+="LD_PRELOAD"' } } },
      expect: 'high',
    },
    {
      name: 'no records',
      judgement: { change: { type: 'added', after: { ...envReset, command: '!syslog' } } },
      expect: 'medium',
    },
    { name: 'a harmless one', judgement: { change: { type: 'added', after: envReset } }, expect: 'low' },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: envReset }, learning: true },
      expect: undefined,
    },
    { name: 'a rule', judgement: { change: { type: 'added', after: groupSudo } }, expect: undefined },
  ],
});
