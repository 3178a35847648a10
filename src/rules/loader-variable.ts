/** A program was started with an environment that makes the loader bring other code. See docs/rules/loader-variable.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, programName, startedBy, userOf } from './program-words.ts';
import { service, shell } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'loader-variable',
  doc: 'A program was started with an environment that makes the loader bring other code.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1574.006'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'loader variable') return undefined;
    const row = change.after;
    const variable = shorten(visible(row.value), 160);
    const grave = isGrave(row);
    return {
      ...aboutSign(row),
      severity: severityOf(row),
      dangerous: grave,
      title: `${programName(row)}, run by ${userOf(row)}, was started with ${variable}`,
      why: `The loader brings these libraries into the program, before its own: whoever wrote them acts with its rights and sees what it sees. ${librariesOf(row)} ${startedBy(row)}`,
      next: `tr '\\0' '\\n' < /proc/${row.pid}/environ | grep ^LD_; telltale processes pid ${row.pid} --tree`,
    };
  },
  samples: [
    {
      name: 'a library in /tmp for a service',
      judgement: {
        change: {
          type: 'added',
          after: { ...service, sign: 'loader variable', value: 'LD_PRELOAD=/tmp/x.so', detail: 'open: /tmp/x.so' },
        },
      },
      expect: 'high',
    },
    {
      name: 'in the first look',
      judgement: {
        change: {
          type: 'added',
          after: { ...service, sign: 'loader variable', value: 'LD_PRELOAD=/tmp/x.so', detail: 'open: /tmp/x.so' },
        },
        learning: true,
      },
      expect: 'high',
    },
    {
      name: 'a library of no package',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...service,
            sign: 'loader variable',
            value: 'LD_PRELOAD=/opt/x.so',
            detail: 'unpackaged: /opt/x.so',
          },
        },
      },
      expect: 'medium',
    },
    {
      name: 'a packaged library',
      judgement: {
        change: {
          type: 'added',
          after: { ...service, sign: 'loader variable', value: 'LD_PRELOAD=libjemalloc.so.2', detail: 'packaged' },
        },
      },
      expect: 'low',
    },
    {
      name: 'a path of a person',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...shell,
            sign: 'loader variable',
            value: 'LD_LIBRARY_PATH=/home/marta/lib',
            detail: 'unpackaged: /home/marta/lib',
          },
        },
      },
      expect: 'info',
    },
    {
      name: 'known',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...service,
            sign: 'loader variable',
            value: 'LD_PRELOAD=/opt/x.so',
            detail: 'unpackaged: /opt/x.so',
          },
        },
        known: true,
      },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

/** Everyone may write the library, or it is gone already, and the program has rights of its own. */
function isGrave(row: OddRow): boolean {
  const bad = row.detail.startsWith('open') || (row.detail.startsWith('missing') && !isSearchPath(row));
  return bad && row.uid < 1000;
}

function isSearchPath(row: OddRow): boolean {
  return row.value.startsWith('LD_LIBRARY_PATH=');
}

function severityOf(row: OddRow): Severity {
  if (isGrave(row)) return 'high';
  if (row.detail === 'packaged') return isSearchPath(row) ? 'info' : 'low';
  if (isSearchPath(row)) return row.uid >= 1000 ? 'info' : 'low';
  return row.uid >= 1000 && !row.detail.startsWith('open') ? 'low' : 'medium';
}

function librariesOf(row: OddRow): string {
  const path = shorten(visible(row.detail.slice(row.detail.indexOf(':') + 2)), 120);
  if (row.detail.startsWith('open')) return `Everyone may write ${path}, or what lies on the way to it.`;
  if (row.detail.startsWith('missing')) return `${path} is not there any more.`;
  return row.detail.startsWith('unpackaged') ? `No package owns ${path}.` : 'They belong to packages.';
}
