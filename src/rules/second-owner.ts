/** A second program shares a port. See docs/rules/second-owner.md. */

import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { arrivalOf } from './arrival.ts';
import { plantedNc, redis, sshd } from './sample-row.ts';
import { about, origin, place, program, reach, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'second-owner',
  doc: 'A second program or user listens on a port that another one already serves.',
  on: 'sockets',
  table: sockets,
  attack: ['T1036', 'T1557'],
  types: ['added'],
  judge(judgement) {
    const arrival = arrivalOf(judgement);
    if (arrival?.kind !== 'second' || arrival.other === undefined) return undefined;
    const { row, other } = arrival;
    const shown = about(row);
    return {
      ...shown,
      facts: { ...shown.facts, beside: other.exeNow, besideUser: other.user },
      severity: severityOf(row, other),
      title: `${program(row)} shares ${thing(row)} ${reach(row)}${place(row)} with ${program(other)}`,
      why: `With SO_REUSEPORT, or on a more exact address, a second program gets part of the connections that were meant for the first, and its clients cannot tell. ${origin(row)}`,
    };
  },
  samples: [
    {
      name: 'a planted program shares the port of sshd',
      judgement: { change: { type: 'added', after: { ...plantedNc, port: 22 } }, peers: [sshd] },
      expect: 'critical',
    },
    {
      name: 'another packaged program shares it',
      judgement: {
        change: { type: 'added', after: { ...sshd, exe: '/usr/sbin/dropbear', exeNow: '/usr/sbin/dropbear' } },
        peers: [sshd],
      },
      expect: 'high',
    },
    {
      name: 'two packaged programs share a UDP port for multicast',
      judgement: {
        change: {
          type: 'added',
          after: { ...sshd, protocol: 'udp', port: 5353, exe: '/usr/bin/chromium', exeNow: '/usr/bin/chromium' },
        },
        peers: [{ ...sshd, protocol: 'udp', port: 5353, exe: '/usr/sbin/avahi-daemon' }],
      },
      expect: 'low',
    },
    {
      name: 'a worker of the same program',
      judgement: { change: { type: 'added', after: { ...sshd, unit: 'x.service' } }, peers: [sshd] },
      expect: undefined,
    },
    {
      name: 'other programs on other addresses',
      judgement: {
        change: { type: 'added', after: { ...sshd, address: '10.0.0.4', port: 6379 } },
        peers: [{ ...redis, address: '10.0.0.5' }],
      },
      expect: undefined,
    },
  ],
});

function severityOf(row: SocketRow, other: SocketRow) {
  if (row.packageState !== 'packaged') return 'critical';
  // Multicast DNS and the like are made to be shared.
  return row.protocol === 'udp' && other.packageState === 'packaged' ? 'low' : 'high';
}
