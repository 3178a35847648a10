/** Another executable serves a port. See docs/rules/listener-replaced.md. */

import { shorten, visible } from '#lib/escape.ts';
import { severities } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { arrivalOf } from './arrival.ts';
import { weigh } from './listener-weight.ts';
import { plantedNc, redis, sshd } from './sample-row.ts';
import { about, filterWords, origin, place, program, reach, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'listener-replaced',
  doc: 'The program behind a port is another one than before.',
  on: 'sockets',
  table: sockets,
  attack: ['T1036', 'T1554'],
  types: ['added'],
  judge(judgement) {
    const arrival = arrivalOf(judgement);
    if (arrival?.kind !== 'replaced' || arrival.other === undefined) return undefined;
    const { row, other } = arrival;
    const { severity, why } = weigh(row);
    const shown = about(row);
    const raised = severities[Math.min(4, severities.indexOf(severity) + 1)] ?? 'critical';
    return {
      ...shown,
      facts: { ...shown.facts, before: other.exeNow },
      severity: raised,
      title: `${program(row)} now serves ${thing(row)} ${reach(row)}${place(row)} instead of ${program(other)}`,
      why: `Clients that trust this port now talk to another program: ${shorten(visible(other.exeNow), 160)} served it before. ${origin(row)} ${why}${filterWords(row)}`,
    };
  },
  samples: [
    {
      name: 'a planted program took the port of sshd',
      judgement: { change: { type: 'added', after: { ...plantedNc, port: 22 } }, replaced: sshd },
      expect: 'critical',
    },
    {
      name: 'a packaged program took the port of another',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...sshd,
            exe: '/usr/sbin/dropbear',
            exeNow: '/usr/sbin/dropbear',
            comm: 'dropbear',
            package: 'dropbear',
          },
        },
        replaced: sshd,
      },
      expect: 'high',
    },
    {
      name: 'on loopback, packaged',
      judgement: {
        change: { type: 'added', after: { ...redis, exe: '/usr/bin/valkey-server', exeNow: '/usr/bin/valkey-server' } },
        replaced: redis,
      },
      expect: 'low',
    },
    {
      name: 'the same program again',
      judgement: { change: { type: 'added', after: { ...sshd, user: 'sshd' } }, replaced: sshd },
      expect: undefined,
    },
    {
      name: 'a program of the baseline came back',
      judgement: { change: { type: 'added', after: sshd }, replaced: plantedNc, known: true },
      expect: undefined,
    },
  ],
});
