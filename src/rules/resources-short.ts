/** This host is short of memory, disk, processor, files or processes. See docs/rules/resources-short.md. */

import { defineRule } from '#model/sensor.ts';
import { type ResourceRow, resourceTroubles } from '#sensors/resource-table.ts';
import { crashed, short } from './sample-resource.ts';

export default defineRule<ResourceRow>({
  id: 'resources-short',
  doc: 'This host is short of memory, disk, processor, files or processes.',
  on: 'resource-troubles',
  table: resourceTroubles,
  attack: ['T1496', 'T1499.001'],
  types: ['added', 'changed'],
  judge({ change }) {
    if (change.type === 'removed' || change.after.kind !== 'short') return undefined;
    const row = change.after;
    if (change.type === 'changed' && (!row.grave || change.before.grave)) return undefined;
    return {
      severity: row.grave ? 'high' : row.what === 'processor' ? 'low' : 'medium',
      subject: `short of ${row.what}`,
      title: `This host is short of ${row.what}: ${row.detail}`,
      why: 'Services answer late or not at all, and logs and backups may be lost. A miner, a storm of processes or a flood looks like this, and so does a large job.',
      next: STEPS[row.what] ?? 'telltale processes',
      facts: { what: row.what, detail: row.detail },
    };
  },
  samples: [
    { name: 'memory', judgement: { change: { type: 'added', after: short } }, expect: 'medium' },
    {
      name: 'memory, so that nothing goes on',
      judgement: { change: { type: 'added', after: { ...short, grave: true } } },
      expect: 'high',
    },
    {
      name: 'processor',
      judgement: { change: { type: 'added', after: { ...short, what: 'processor' } } },
      expect: 'low',
    },
    {
      name: 'it became worse',
      judgement: { change: { type: 'changed', before: short, after: { ...short, grave: true } } },
      expect: 'high',
    },
    {
      name: 'it became better',
      judgement: { change: { type: 'changed', before: { ...short, grave: true }, after: short } },
      expect: undefined,
    },
    { name: 'another trouble', judgement: { change: { type: 'added', after: crashed } }, expect: undefined },
  ],
});

const STEPS: Readonly<Record<string, string>> = {
  memory: 'cat /proc/pressure/memory; ps aux --sort=-rss | head',
  disk: 'cat /proc/pressure/io; ps -eo pid,state,comm | grep " D"',
  processor: 'ps aux --sort=-%cpu | head',
  files:
    'cat /proc/sys/fs/file-nr; ls -d /proc/[0-9]*/fd | while read d; do echo "$(ls "$d" | wc -l) $d"; done | sort -n | tail',
  processes: 'ps -eo user,comm --no-headers | sort | uniq -c | sort -n | tail',
};
