/** A file of alerts lost what it held. See docs/rules/alert-file-cut.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type OwnFileRow, ownFiles } from '#sensors/own-file-table.ts';
import { ownAlerts, ownSettings } from './own-rows.ts';

export default defineRule<OwnFileRow>({
  id: 'alert-file-cut',
  doc: 'The file that alerts are appended to was cut, removed or exchanged, and not rotated; or others may write to it.',
  on: 'telltale',
  table: ownFiles,
  attack: ['T1070', 'T1562.006'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed' || change.after.part !== 'alerts') return undefined;
    const { before, after } = change;
    const lost = after.digest !== before.digest && after.digest !== '';
    const opened = after.openToOthers && !before.openToOthers;
    if (!lost && !opened) return undefined;
    const path = visible(after.path);
    return {
      subject: `alerts ${after.path}${lost ? '' : ' open'}`,
      severity: 'high',
      title: lost
        ? `The alert file ${path} was ${visible(after.digest)}`
        : `Others may write to the alert file ${path}`,
      why: lost
        ? 'Whoever takes lines out of it hides from its readers what was told. The record still has all of them.'
        : 'Whoever may write there can take out what was told, or tell what never was.',
      next: `telltale changes --all; telltale verify; ls -l --time=full ${shellQuote(after.path)}*`,
      facts: { path: after.path, ...(lost && { done: after.digest }), mode: after.mode, owner: after.owner },
    };
  },
  samples: [
    {
      name: 'the last line was taken out',
      judgement: {
        change: { type: 'changed', before: ownAlerts, after: { ...ownAlerts, digest: 'cut from 4000 to 3000 bytes' } },
      },
      expect: 'high',
    },
    {
      name: 'once more',
      judgement: {
        change: {
          type: 'changed',
          before: { ...ownAlerts, digest: 'removed' },
          after: { ...ownAlerts, digest: 'removed (2 times)' },
        },
      },
      expect: 'high',
    },
    {
      name: 'everyone may write to it',
      judgement: {
        change: { type: 'changed', before: ownAlerts, after: { ...ownAlerts, mode: '0666', openToOthers: true } },
      },
      expect: 'high',
    },
    {
      name: 'after a restart nothing is known of before',
      judgement: { change: { type: 'changed', before: { ...ownAlerts, digest: 'removed' }, after: ownAlerts } },
      expect: undefined,
    },
    {
      name: 'the settings: another rule tells',
      judgement: { change: { type: 'changed', before: ownSettings, after: { ...ownSettings, digest: 'bb22' } } },
      expect: undefined,
    },
  ],
});
