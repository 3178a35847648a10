/** A program that has a socket runs from memory alone. See docs/rules/executable-in-memory.md. */

import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { dockerSocket, plantedNc, sshd } from './sample-row.ts';
import { about, ofFile, origin, place, program, reach, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'executable-in-memory',
  doc: 'The executable of a program that receives is a file in memory (memfd).',
  on: 'sockets',
  table: sockets,
  attack: ['T1620', 'T1027.011'],
  types: ['added', 'changed'],
  judge({ change, learning }) {
    if (change.type === 'removed' || change.after.exeState !== 'memory' || change.after.family === 'netlink')
      return undefined;
    if (change.type === 'changed' && change.before.exeState === 'memory') return undefined;
    const row = change.after;
    return {
      ...about(row),
      ...ofFile(row, learning),
      severity: 'critical',
      dangerous: true,
      title: `${program(row)}, which runs from memory only, holds ${thing(row)} ${reach(row)}`.trimEnd() + place(row),
      why: `Its executable never was a file on the disk (memfd_create): nothing that looks at files can find it, and it is gone with the process. Services are not started so. ${origin(row)}`,
      next: `cp -- /proc/${row.pid}/exe ./evidence-${row.pid}; ls -l /proc/${row.pid}/fd; telltale sockets -p`,
    };
  },
  samples: [
    {
      name: 'a listener from a memfd',
      judgement: {
        change: {
          type: 'added',
          after: { ...plantedNc, exe: 'memfd:x', exeNow: 'memfd:x', exePlace: '', exeState: 'memory' },
        },
      },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: { ...plantedNc, exeState: 'memory' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'a Unix socket',
      judgement: { change: { type: 'added', after: { ...dockerSocket, exeState: 'memory' } } },
      expect: 'critical',
    },
    { name: 'an ordinary listener', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
    {
      name: 'netlink is never news',
      judgement: { change: { type: 'added', after: { ...sshd, family: 'netlink', exeState: 'memory' } } },
      expect: undefined,
    },
    {
      name: 'told before',
      judgement: {
        change: {
          type: 'changed',
          before: { ...plantedNc, exeState: 'memory' },
          after: { ...plantedNc, exeState: 'memory', filter: 'no' },
        },
      },
      expect: undefined,
    },
  ],
});
