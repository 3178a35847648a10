/** A program that receives from the network runs from a file that is no longer there. See docs/rules/executable-deleted.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { plantedNc, sshd, tcpdump } from './sample-row.ts';
import { about, hasPort, ofFile, origin, place, program, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'executable-deleted',
  doc: 'The executable of a program that receives from the network was deleted or replaced while it runs.',
  on: 'sockets',
  table: sockets,
  attack: ['T1070.004'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    const row = newlyGone(change, known);
    if (row === undefined) return undefined;
    const exe = shorten(visible(row.exeNow), 160);
    const shown = {
      ...about(row),
      ...ofFile(row, learning),
      next: `cp -- /proc/${row.pid}/exe ./evidence-${row.pid}; telltale sockets -p`,
    };
    if (row.exeState === 'deleted') {
      return {
        ...shown,
        severity: 'high',
        dangerous: true,
        title: `${program(row)}, which holds ${thing(row)}${place(row)}, runs from a deleted file`,
        why: `${exe} was removed while the program runs. Intruders do this to leave nothing behind; a removed package does it as well. The kernel still has the file: copy it before the process ends. ${origin(row)}`,
      };
    }
    if (row.altered) {
      return {
        ...shown,
        severity: 'high',
        dangerous: true,
        title: `${program(row)}, which holds ${thing(row)}${place(row)}, runs from a file that another one replaced`,
        why: `The file at ${exe} now is not as package ${visible(row.package)} shipped it: it will run at the next start. The program still runs the file that was there before; which of the two is the intruder's must be looked at. ${origin(row)}`,
      };
    }
    const upgraded = row.packageState === 'packaged';
    return {
      ...shown,
      severity: upgraded ? 'low' : 'medium',
      title: `${program(row)}, which holds ${thing(row)}${place(row)}, still runs an older file than ${exe}`,
      why: upgraded
        ? `Package ${visible(row.package)} was upgraded; until the service is restarted it runs the old version, with the flaws that the new one mends.`
        : `Another file took the place of its executable, and no package vouches for the new one. ${origin(row)}`,
      next:
        upgraded && row.unitNow.endsWith('.service') ? `systemctl restart -- ${shellQuote(row.unitNow)}` : shown.next,
    };
  },
  samples: [
    {
      name: 'deleted while it listens',
      judgement: { change: { type: 'added', after: { ...plantedNc, exeState: 'deleted' } } },
      expect: 'high',
    },
    {
      name: 'a sniffer without a file',
      judgement: { change: { type: 'added', after: { ...tcpdump, exeState: 'deleted' } } },
      expect: 'high',
    },
    {
      name: 'upgraded by its package',
      judgement: { change: { type: 'changed', before: sshd, after: { ...sshd, exeState: 'replaced' } }, known: true },
      expect: 'low',
    },
    {
      name: 'replaced by a file that no package owns',
      judgement: {
        change: {
          type: 'changed',
          before: sshd,
          after: { ...sshd, exeState: 'replaced', package: '', packageState: 'unpackaged' },
        },
        known: true,
      },
      expect: 'medium',
    },
    {
      name: 'replaced by a file that is not as its package ships it',
      judgement: {
        change: {
          type: 'changed',
          before: sshd,
          after: { ...sshd, exeState: 'replaced', altered: true, packageState: 'altered' },
        },
        known: true,
      },
      expect: 'high',
    },
    { name: 'the file is there', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
    {
      name: 'back to normal',
      judgement: { change: { type: 'changed', before: { ...sshd, exeState: 'replaced' }, after: sshd } },
      expect: undefined,
    },
    {
      name: 'it was so before, and something else changed',
      judgement: {
        change: {
          type: 'changed',
          before: { ...sshd, exeState: 'deleted', filter: 'no' },
          after: { ...sshd, exeState: 'deleted' },
        },
      },
      expect: undefined,
    },
  ],
});

function newlyGone(change: Change<SocketRow>, known: boolean): SocketRow | undefined {
  if (change.type === 'removed' || !hasLostItsFile(change.after)) return undefined;
  const row = change.after;
  const bad = isForged(row);
  if (change.type === 'added') return known && row.exeState === 'replaced' && !bad ? undefined : row;
  return change.before.exeState !== row.exeState || (bad && !isForged(change.before)) ? row : undefined;
}

/** Receives from others, and its file is not the one at its path any more. */
function hasLostItsFile(row: SocketRow): boolean {
  const receives = hasPort(row) || row.family === 'packet' || row.protocol === 'raw';
  return receives && (row.exeState === 'deleted' || row.exeState === 'replaced');
}

/** Another file stands at its path, and it is not as the package ships it. */
function isForged(row: SocketRow): boolean {
  return row.exeState === 'replaced' && row.altered;
}
