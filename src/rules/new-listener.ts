/** A port was opened that is not in the baseline. See docs/rules/new-listener.md. */

import { visible } from '#lib/escape.ts';
import { severities } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { weigh } from './listener-weight.ts';
import { plantedNc, redis, sshd } from './sample-row.ts';
import { about, filterWords, origin, place, program, reach, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'new-listener',
  doc: 'A program opened a port that is not in the baseline.',
  on: 'sockets',
  table: sockets,
  attack: ['T1571', 'T1133'],
  types: ['added'],
  judge(judgement) {
    const arrival = arrivalOf(judgement);
    if (arrival?.kind !== 'new' && arrival?.kind !== 'moved') return undefined;
    const { row } = arrival;
    const { why } = weigh(row);
    return {
      ...about(row),
      severity: severityOf(arrival),
      title: titleOf(arrival),
      why: `${origin(row)} ${why}${filterWords(row)}`,
    };
  },
  samples: [
    {
      name: 'nc from /tmp on every address',
      judgement: { change: { type: 'added', after: plantedNc } },
      expect: 'critical',
    },
    {
      name: "Debian's nc on every address, run by www-data",
      judgement: {
        change: {
          type: 'added',
          after: {
            ...plantedNc,
            exe: '/usr/bin/nc.traditional',
            exeNow: '/usr/bin/nc.traditional',
            exePlace: '',
            package: 'netcat-traditional',
            packageState: 'packaged',
          },
        },
      },
      expect: 'critical',
    },
    {
      name: 'a packaged service on every address',
      judgement: { change: { type: 'added', after: sshd } },
      expect: 'medium',
    },
    {
      name: 'a packaged service on every address, closed by the packet filter',
      judgement: {
        change: {
          type: 'added',
          after: { ...sshd, exposure: 'filtered', exposureWhy: 'policy drop of chain inet f input' },
        },
      },
      expect: 'low',
    },
    {
      name: 'the file of a packaged service was exchanged',
      judgement: { change: { type: 'added', after: { ...sshd, packageState: 'altered' } } },
      expect: 'critical',
    },
    { name: 'a packaged service on loopback', judgement: { change: { type: 'added', after: redis } }, expect: 'info' },
    {
      name: 'a high UDP port that a packaged program keeps open',
      judgement: {
        change: { type: 'added', after: { ...sshd, protocol: 'udp', state: 'UNCONN', port: 40_001, ephemeral: true } },
      },
      expect: 'low',
    },
    {
      name: 'the same program, started by hand instead of by its unit',
      judgement: {
        change: { type: 'added', after: { ...sshd, unit: 'session-*.scope', unitNow: 'session-3.scope' } },
        replaced: sshd,
      },
      expect: 'low',
    },
    {
      name: 'a known listener came back',
      judgement: { change: { type: 'added', after: sshd }, known: true },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: plantedNc }, learning: true },
      expect: undefined,
    },
    {
      name: "a resolver's question at the first look after a restart",
      judgement: {
        change: { type: 'added', after: { ...sshd, protocol: 'udp', port: 40_001, ephemeral: true, early: true } },
      },
      expect: undefined,
    },
  ],
});

function severityOf({ kind, row }: Arrival) {
  const { severity } = weigh(row);
  const quiet = row.packageState === 'packaged' && (row.ephemeral || kind === 'moved');
  return quiet && severities.indexOf(severity) > 1 ? 'low' : severity;
}

function titleOf({ kind, row, other }: Arrival): string {
  const where = `${reach(row)}${place(row)}`;
  if (kind !== 'moved' || other === undefined) return `${program(row)} opened ${thing(row)} ${where}`;
  const from = visible(other.unitNow || other.user);
  const to = visible(row.unitNow || row.user);
  return `${program(row)} opened ${thing(row)} again ${where}, now as ${to} instead of ${from}`;
}
