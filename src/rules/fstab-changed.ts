/** fstab will mount something else at the next boot. See docs/rules/fstab-changed.md. */

import { joinWords } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type MountRow, mounts } from '#sensors/mount-table.ts';
import { bootLine, srv } from './mount-rows.ts';
import { aboutMount, isRemote, shownPath } from './mount-words.ts';

export default defineRule<MountRow>({
  id: 'fstab-changed',
  doc: 'A line of fstab came, went or changed.',
  on: 'mounts',
  table: mounts,
  attack: ['T1547', 'T1562'],
  types: ['added', 'removed', 'changed'],
  judge({ change, known, learning }) {
    const row = change.type === 'removed' ? change.before : change.after;
    if (row.kind !== 'at boot' || learning || (change.type === 'added' && known)) return undefined;
    const about = aboutMount(row);
    const before = change.type === 'added' ? '' : words(change.before);
    const after = change.type === 'removed' ? '' : words(change.after);
    return {
      ...about,
      facts: { ...about.facts, before, after },
      severity: severityOf(change, row),
      title: `fstab: ${shownPath(row.point)} ${didWhat(change, row)} at the next boot`,
      why: 'What is mounted at boot decides what programs and settings the host starts with. A line over a system folder hides the real files; an option that is gone opens one.',
      next: 'cat /etc/fstab; findmnt --verify; systemctl daemon-reload',
    };
  },
  samples: [
    {
      name: 'a line over /etc',
      judgement: {
        change: { type: 'added', after: { ...bootLine, point: '/etc/ssh', over: '/etc/ssh', type: 'tmpfs' } },
      },
      expect: 'high',
    },
    { name: 'another disk', judgement: { change: { type: 'added', after: bootLine } }, expect: 'medium' },
    {
      name: 'noexec was taken out',
      judgement: { change: { type: 'changed', before: { ...bootLine, allows: ['write'] }, after: bootLine } },
      expect: 'medium',
    },
    {
      name: 'noexec was put in',
      judgement: { change: { type: 'changed', before: bootLine, after: { ...bootLine, allows: ['write'] } } },
      expect: 'low',
    },
    { name: 'a line went', judgement: { change: { type: 'removed', before: bootLine }, known: true }, expect: 'low' },
    { name: 'a mount that stands', judgement: { change: { type: 'added', after: srv } }, expect: undefined },
    { name: 'known', judgement: { change: { type: 'added', after: bootLine }, known: true }, expect: undefined },
  ],
});

function words(row: MountRow): string {
  return `${row.part} (${row.type}), allows ${joinWords(row.allows) || 'reading only'}`;
}

function severityOf(change: Change<MountRow>, row: MountRow): 'low' | 'medium' | 'high' {
  if (change.type === 'removed') return 'low';
  const more = change.type === 'added' || row.allows.some((word) => !change.before.allows.includes(word));
  if (!more) return 'low';
  return row.over !== '' && (/^(?:tmpfs|none|overlay|fuse.*)$/.test(row.type) || isRemote(row)) ? 'high' : 'medium';
}

function didWhat(change: Change<MountRow>, row: MountRow): string {
  if (change.type === 'removed') return 'is no longer mounted';
  if (change.type === 'added') return `becomes ${shownPath(row.part)} (${shownPath(row.type)})`;
  const more = row.allows.filter((word) => !change.before.allows.includes(word));
  return more.length > 0 ? `allows more: ${joinWords(more)}` : 'allows less';
}
