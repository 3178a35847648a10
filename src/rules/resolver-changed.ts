/** Other name servers are asked. See docs/rules/resolver-changed.md. */

import { defineRule } from '#model/sensor.ts';
import { type NameRow, nameService } from '#sensors/name-service.ts';
import { aboutName, hijacked, servers, shownName } from './name-words.ts';

export default defineRule<NameRow>({
  id: 'resolver-changed',
  doc: 'resolv.conf names other servers, domains or options.',
  on: 'name-service',
  table: nameService,
  attack: ['T1584.002', 'T1557'],
  types: ['added', 'removed'],
  judge({ change, known, learning, replaced }) {
    const gone = change.type === 'removed';
    if (change.type === 'changed' || learning || known !== gone) return undefined;
    const row = gone ? change.before : change.after;
    if (row.kind !== 'resolver') return undefined;
    const value = shownName(row.value, 80);
    const what = row.name === 'servers' ? 'name servers' : `"${shownName(row.name, 20)}" of the resolver`;
    return {
      ...aboutName(row, replaced),
      severity: row.name === 'servers' ? 'medium' : 'low',
      title: gone
        ? `The ${what} ${value} no longer stand in resolv.conf`
        : `Names are now looked up with other ${what}: ${value}${replaced === undefined ? '' : `, before ${shownName(replaced.value, 80)}`}`,
      why: 'Whoever answers for names can send every connection that is not proven by a certificate somewhere else, and sees what this host asks for.',
    };
  },
  samples: [
    {
      name: 'another server',
      judgement: { change: { type: 'added', after: servers }, replaced: { ...servers, value: '192.0.2.1' } },
      expect: 'medium',
    },
    {
      name: 'another domain',
      judgement: { change: { type: 'added', after: { ...servers, name: 'search', value: 'example.org' } } },
      expect: 'low',
    },
    { name: 'no servers', judgement: { change: { type: 'removed', before: servers }, known: true }, expect: 'medium' },
    { name: 'it is known', judgement: { change: { type: 'added', after: servers }, known: true }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: servers }, learning: true },
      expect: undefined,
    },
    { name: 'a host', judgement: { change: { type: 'added', after: hijacked } }, expect: undefined },
  ],
});
