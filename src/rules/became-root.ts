/** A process has the rights of root, and nothing gave them to it. See docs/rules/became-root.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, pathOf, programName, startedBy } from './program-words.ts';
import { service, shell } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'became-root',
  doc: 'A process has the rights of root, and nothing gave them to it.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1068', 'T1548'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'became root') return undefined;
    const row = change.after;
    return {
      ...aboutSign(row),
      severity: isBySetuid(row) && row.exePlace === '' ? 'high' : 'critical',
      dangerous: true,
      title: `${programName(row)} became root ${shorten(visible(row.value), 60)}`,
      why: `${wayOf(row)} ${startedBy(row)}`,
      next: `telltale processes pid ${row.pid} --tree; ${fileStep(row)}dmesg | tail`,
    };
  },
  samples: [
    {
      name: 'a root shell below a person',
      judgement: {
        change: { type: 'added', after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'below marta' } },
      },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: {
        change: { type: 'added', after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'below marta' } },
        learning: true,
      },
      expect: 'critical',
    },
    {
      name: 'by a file with a capability',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'from marta, by its own call' },
        },
      },
      expect: 'critical',
    },
    {
      name: 'by a setuid program that somebody made',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'from marta, by a setuid file' },
        },
      },
      expect: 'high',
    },
    {
      name: 'accepted before',
      judgement: {
        change: { type: 'added', after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'below marta' } },
        known: true,
      },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

function isBySetuid({ value }: OddRow): boolean {
  return value.endsWith('by a setuid file');
}

function wayOf(row: OddRow): string {
  const detail = row.detail === '' ? '' : ` (${shorten(visible(row.detail), 60)})`;
  if (isBySetuid(row))
    return `${pathOf(row)} gives the rights of root to whoever starts it${detail}, and no package ships it: a favourite back door.`;
  if (row.value.endsWith('by its own call'))
    return `It asked the kernel for the rights of root and got them${detail}, without sudo, su or another setuid program: either its file carries a capability, or the kernel or a privileged program was tricked.`;
  return `It has the rights of root, but no setuid program (sudo, su) started it, and the process it comes from could not give them${detail}. That is how an exploit of the kernel or of a privileged program looks.`;
}

function fileStep(row: OddRow): string {
  const path = row.exeNow;
  return path.startsWith('/') ? `ls -la -- ${shellQuote(path)}; getcap -- ${shellQuote(path)}; ` : '';
}
