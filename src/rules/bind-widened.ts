/** A program that served few addresses now serves more. See docs/rules/bind-widened.md. */

import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { arrivalOf } from './arrival.ts';
import { redis, sshd } from './sample-row.ts';
import { about, filterWords, origin, place, program, reach, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'bind-widened',
  doc: 'A port that was bound narrowly can now be reached by more.',
  on: 'sockets',
  table: sockets,
  attack: ['T1133'],
  types: ['added'],
  judge(judgement) {
    const arrival = arrivalOf(judgement);
    if (arrival?.kind !== 'widened' || arrival.other === undefined) return undefined;
    const { row, other } = arrival;
    const shown = about(row);
    const also = judgement.replaced === undefined ? 'now also serves' : 'now serves';
    return {
      ...shown,
      facts: { ...shown.facts, before: other.address },
      severity: row.exposure === 'filtered' ? 'medium' : 'high',
      title: `${program(row)} ${also} ${thing(row)} ${reach(row)}${place(row)}; before ${reach(other)}`,
      why: `What was meant for ${other.exposure === 'local' ? 'this host alone' : 'one address'} can be reached by more: services that ask no password are often protected by their address only. ${origin(row)}${filterWords(row)}`,
    };
  },
  samples: [
    {
      name: 'redis moved from loopback to every address',
      judgement: {
        change: { type: 'added', after: { ...redis, address: '0.0.0.0', exposure: 'open' } },
        replaced: redis,
      },
      expect: 'high',
    },
    {
      name: 'redis serves one more address beside loopback',
      judgement: {
        change: { type: 'added', after: { ...redis, address: '10.0.0.4', exposure: 'open' } },
        peers: [redis],
      },
      expect: 'high',
    },
    {
      name: 'widened, but closed by the packet filter',
      judgement: {
        change: { type: 'added', after: { ...redis, address: '0.0.0.0', exposure: 'filtered' } },
        replaced: redis,
      },
      expect: 'medium',
    },
    {
      name: 'narrowed from every address to loopback',
      judgement: {
        change: { type: 'added', after: redis },
        replaced: { ...redis, address: '0.0.0.0', exposure: 'open' },
      },
      expect: undefined,
    },
    { name: 'nobody was there before', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
  ],
});
