/** Commands that were written down are gone. See docs/rules/history-shrunk.md. */

import { formatBytesSize } from '#lib/bytes-size.ts';
import { defineRule } from '#model/sensor.ts';
import { type HistoryRow, shellHistory } from '#sensors/shell-history.ts';
import { aboutHistory, rootHistory, shownHistory, unset, whoseHistory } from './history-words.ts';

/** A shell that cuts its history to its length takes lines away, never half of them; of a few lines half is little. */
const LEAST_CUT_BYTES = 200;
/** Emptied or removed: a line or two are no loss. */
const LEAST_GONE_BYTES = 20;

export default defineRule<HistoryRow>({
  id: 'history-shrunk',
  doc: 'A shell history was emptied, cut by half or more, or removed.',
  on: 'shell-history',
  table: shellHistory,
  attack: ['T1070.003'],
  types: ['removed', 'changed'],
  judge({ change, learning }) {
    if (learning || change.type === 'added' || change.before.kind !== 'history') return undefined;
    const { before } = change;
    const after = change.type === 'changed' ? change.after : undefined;
    if (before.state !== 'file' || !isLoss(before, after)) return undefined;
    return told(before, after);
  },
  samples: [
    {
      name: 'emptied',
      judgement: { change: { type: 'changed', before: rootHistory, after: { ...rootHistory, sizeBytes: 0 } } },
      expect: 'high',
    },
    {
      name: 'removed',
      judgement: { change: { type: 'removed', before: { ...rootHistory, uid: 1001 } } },
      expect: 'medium',
    },
    {
      name: 'cut',
      judgement: { change: { type: 'changed', before: rootHistory, after: { ...rootHistory, sizeBytes: 5000 } } },
      expect: 'high',
    },
    {
      name: 'a short one, emptied',
      judgement: {
        change: { type: 'changed', before: { ...rootHistory, sizeBytes: 40 }, after: { ...rootHistory, sizeBytes: 0 } },
      },
      expect: 'high',
    },
    {
      name: 'a short one, cut',
      judgement: {
        change: {
          type: 'changed',
          before: { ...rootHistory, sizeBytes: 90 },
          after: { ...rootHistory, sizeBytes: 30 },
        },
      },
      expect: undefined,
    },
    {
      name: 'it grew',
      judgement: { change: { type: 'changed', before: rootHistory, after: { ...rootHistory, sizeBytes: 30_000 } } },
      expect: undefined,
    },
    { name: 'a setting is gone', judgement: { change: { type: 'removed', before: unset } }, expect: undefined },
    {
      name: 'linked, which history-disabled tells',
      judgement: {
        change: {
          type: 'changed',
          before: rootHistory,
          after: { ...rootHistory, state: 'link to /dev/null', sizeBytes: 0 },
        },
      },
      expect: undefined,
    },
  ],
});

function isLoss({ sizeBytes }: HistoryRow, after: HistoryRow | undefined): boolean {
  if (after === undefined) return sizeBytes >= LEAST_GONE_BYTES;
  // Links and folders are told by history-disabled.
  if (after.state !== 'file') return false;
  return after.sizeBytes === 0
    ? sizeBytes >= LEAST_GONE_BYTES
    : sizeBytes >= LEAST_CUT_BYTES && after.sizeBytes * 2 <= sizeBytes;
}

function told(before: HistoryRow, after: HistoryRow | undefined) {
  const row = after ?? before;
  const about = aboutHistory(row);
  return {
    ...about,
    severity: row.uid === 0 ? ('high' as const) : ('medium' as const),
    title: `The history of commands of ${whoseHistory(row)} ${becameOf(after)}: ${shownHistory(row.file)}`,
    why: `It held ${formatBytesSize(before.sizeBytes)}. Whoever removes commands does not want them to be read; backups may still have them.`,
    facts: { ...about.facts, sizeBytesBefore: before.sizeBytes },
  };
}

function becameOf(after: HistoryRow | undefined): string {
  if (after === undefined) return 'was removed';
  return after.sizeBytes === 0 ? 'was emptied' : `was cut to ${formatBytesSize(after.sizeBytes)}`;
}
