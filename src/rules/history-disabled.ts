/** Commands are no longer written down. See docs/rules/history-disabled.md. */

import { defineRule } from '#model/sensor.ts';
import { type HistoryRow, shellHistory } from '#sensors/shell-history.ts';
import { aboutHistory, rootHistory, shownHistory, unset, whoseHistory } from './history-words.ts';

export default defineRule<HistoryRow>({
  id: 'history-disabled',
  doc: 'A shell history was linked elsewhere or replaced by something that cannot be written, or a start file switches it off.',
  on: 'shell-history',
  table: shellHistory,
  attack: ['T1562.003', 'T1070.003'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning) return undefined;
    const row = change.after;
    if (change.type === 'changed' && change.before.state === row.state) return undefined;
    const grave = row.uid <= 0;
    if (row.kind === 'setting')
      return {
        ...aboutHistory(row),
        // The line is part of what is new in a start file.
        folds: row.file,
        severity: grave ? 'medium' : 'low',
        title: `The commands of ${whoseHistory(row)} are no longer written down: "${shownHistory(row.setting, 80)}" in ${shownHistory(row.file)}`,
        why: 'Whoever comes to tidy up after an intruder finds no commands. Some people switch it off because passwords stand in it.',
      };
    if (row.state === 'file') return undefined;
    const what = row.state.startsWith('link to ') ? `is a ${shownHistory(row.state)}` : `is a ${row.state}, no file`;
    return {
      ...aboutHistory(row),
      severity: grave ? 'high' : 'medium',
      title: `The commands of ${whoseHistory(row)} are no longer written down: ${shownHistory(row.file)} ${what}`,
      why: 'A history that leads to /dev/null, or that is a folder, keeps nothing, and no shell says so. It is one of the first things that intruders do.',
    };
  },
  samples: [
    {
      name: 'linked to /dev/null',
      judgement: {
        change: {
          type: 'changed',
          before: rootHistory,
          after: { ...rootHistory, state: 'link to /dev/null', sizeBytes: 0 },
        },
      },
      expect: 'high',
    },
    {
      name: 'a folder, of a person',
      judgement: { change: { type: 'added', after: { ...rootHistory, account: 'bob', uid: 1001, state: 'folder' } } },
      expect: 'medium',
    },
    { name: 'switched off', judgement: { change: { type: 'added', after: unset } }, expect: 'medium' },
    {
      name: 'switched off by a person',
      judgement: { change: { type: 'added', after: { ...unset, uid: 1001 } } },
      expect: 'low',
    },
    { name: 'a new history', judgement: { change: { type: 'added', after: rootHistory } }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: unset }, learning: true },
      expect: undefined,
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: unset }, known: true }, expect: undefined },
  ],
});
