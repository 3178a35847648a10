/** Other sources are asked for accounts or hosts. See docs/rules/name-order-changed.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type NameRow, nameService } from '#sensors/name-service.ts';
import { aboutName, hijacked, passwdSources, shownName } from './name-words.ts';

/** Databases that say who somebody is. */
const WHO = new Set(['passwd', 'shadow', 'group', 'gshadow', 'initgroups', 'sudoers', 'netgroup']);
/** Sources that come with systems; a library libnss_NAME.so.2 answers for any other. */
const USUAL =
  /^(?:files|compat|db|dns|nis|nisplus|hesiod|systemd|sss|sssd|ldap|winbind|wins|resolve|myhostname|mymachines|mdns\d?(?:_minimal)?|extrausers|altfiles|cache|libvirt|libvirt_guest|\[.*\])$/i;

export default defineRule<NameRow>({
  id: 'name-order-changed',
  doc: 'nsswitch.conf, host.conf or gai.conf ask other sources, or in another order.',
  on: 'name-service',
  table: nameService,
  attack: ['T1556', 'T1565.001'],
  types: ['added', 'removed'],
  judge({ change, known, learning, replaced }) {
    const gone = change.type === 'removed';
    if (change.type === 'changed' || learning || known !== gone) return undefined;
    const row = gone ? change.before : change.after;
    if (row.kind !== 'sources' && row.kind !== 'setting') return undefined;
    const odd = row.value.split(' ').find((source) => row.kind === 'sources' && !USUAL.test(source));
    return {
      ...aboutName(row, replaced),
      severity: severityOf(row, gone ? undefined : odd),
      onlyAsPackaged: odd !== undefined && !gone,
      title: titleOf(row, replaced, gone),
      why:
        odd === undefined || gone
          ? 'The first source that knows a name decides: who an account is, or where a host lies.'
          : `The library libnss_${shownName(odd, 40)}.so.2 is loaded into every program that asks for a name, as root as well, and can invent accounts.`,
    };
  },
  samples: [
    {
      name: 'a source that nobody knows',
      judgement: {
        change: { type: 'added', after: { ...passwdSources, value: 'files evil' } },
        replaced: passwdSources,
      },
      expect: 'high',
    },
    {
      name: 'another order for accounts',
      judgement: {
        change: { type: 'added', after: { ...passwdSources, value: 'sss files' } },
        replaced: passwdSources,
      },
      expect: 'medium',
    },
    {
      name: 'another order for protocols',
      judgement: { change: { type: 'added', after: { ...passwdSources, name: 'protocols', value: 'files db' } } },
      expect: 'low',
    },
    {
      name: 'a setting',
      judgement: {
        change: {
          type: 'added',
          after: { ...passwdSources, kind: 'setting', name: '/etc/gai.conf', value: 'precedence ::/0 1' },
        },
      },
      expect: 'low',
    },
    {
      name: 'a line is gone',
      judgement: { change: { type: 'removed', before: passwdSources }, known: true },
      expect: 'medium',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: passwdSources }, learning: true },
      expect: undefined,
    },
    { name: 'a host', judgement: { change: { type: 'added', after: hijacked } }, expect: undefined },
  ],
});

function severityOf(row: NameRow, odd: string | undefined): Severity {
  if (odd !== undefined) return 'high';
  return row.kind === 'sources' && (WHO.has(row.name) || row.name === 'hosts') ? 'medium' : 'low';
}

function titleOf(row: NameRow, before: NameRow | undefined, gone: boolean): string {
  const value = shownName(row.value, 80);
  const name = shownName(row.name, 60);
  if (row.kind === 'setting') return `${name} ${gone ? 'no longer says' : 'now says'} "${value}"`;
  if (gone) return `nsswitch.conf no longer says who is asked for ${name}`;
  return `For ${name} other sources are asked: ${value}${before === undefined ? '' : `, before ${shownName(before.value, 80)}`}`;
}
