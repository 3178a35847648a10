/** A program that has a socket lies where everyone may write. See docs/rules/executable-in-open-place.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { dockerSocket, plantedNc, sshd } from './sample-row.ts';
import { about, hasPort, ofFile, origin, place, program, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'executable-in-open-place',
  doc: 'The executable of a program that receives lies below a directory that everyone may write.',
  on: 'sockets',
  table: sockets,
  attack: ['T1036.005', 'T1105'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    if (row.exePlace === '' || row.family === 'netlink' || row.exeState === 'memory') return undefined;
    const receives = hasPort(row) || row.family === 'packet' || row.protocol === 'raw';
    return {
      ...about(row),
      ...ofFile(row, learning),
      severity: receives ? 'high' : 'medium',
      dangerous: true,
      title: `${program(row)}, which holds ${thing(row)}${place(row)}, lies in ${shorten(visible(row.exePlace), 80)}, where everyone may write`,
      why: `Programs belong where only root may put them; intruders use ${shorten(visible(row.exePlace), 80)} because nothing stops them there. ${origin(row)}`,
      next: `ls -la -- ${shellQuote(row.exeNow)}; sha256sum -- /proc/${row.pid}/exe`,
    };
  },
  samples: [
    { name: 'a listener in /tmp', judgement: { change: { type: 'added', after: plantedNc } }, expect: 'high' },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: plantedNc }, learning: true },
      expect: 'high',
    },
    {
      name: 'a Unix socket',
      judgement: { change: { type: 'added', after: { ...dockerSocket, exePlace: '/dev/shm' } } },
      expect: 'medium',
    },
    {
      name: 'accepted before',
      judgement: { change: { type: 'added', after: plantedNc }, known: true },
      expect: undefined,
    },
    { name: 'an ordinary listener', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
    {
      name: 'netlink is never news',
      judgement: { change: { type: 'added', after: { ...plantedNc, family: 'netlink' } } },
      expect: undefined,
    },
  ],
});
