/** The settings of the watch, or who may reach its records, were changed. See docs/rules/own-settings-changed.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type OwnFileRow, ownFiles } from '#sensors/own-file-table.ts';
import { ownProgram, ownSettings, ownState } from './own-rows.ts';

export default defineRule<OwnFileRow>({
  id: 'own-settings-changed',
  doc: 'The settings of Telltale, or the rights on its state directory, were changed.',
  on: 'telltale',
  table: ownFiles,
  attack: ['T1562.001'],
  types: ['changed', 'removed'],
  judge({ change }) {
    if (change.type === 'added') return undefined;
    const row = change.type === 'removed' ? change.before : change.after;
    if (row.part !== 'settings' && row.part !== 'state') return undefined;
    const open = change.type === 'changed' && row.openToOthers;
    return {
      // That they are gone is not over when a change of before is.
      subject: `${row.part} ${row.path}${change.type === 'removed' ? ' gone' : ''}`,
      severity: open ? 'high' : 'medium',
      title: `${titleOf(change)}${open ? ': others may write there' : ''} (${visible(row.path)})`,
      why: open
        ? 'Whoever may write there can switch the watch off or edit what it has recorded.'
        : 'They decide what is watched and who is told; they are used from the next start on. Was it one of you?',
      next: `ls -l --time=full ${shellQuote(row.path)}; telltale config check; telltale config show`,
      facts: {
        part: row.part,
        path: row.path,
        before: words(change.before),
        after: change.type === 'removed' ? '' : words(row),
      },
    };
  },
  samples: [
    {
      name: 'somebody edited the settings',
      judgement: { change: { type: 'changed', before: ownSettings, after: { ...ownSettings, digest: 'bb22' } } },
      expect: 'medium',
    },
    {
      name: 'the settings are gone',
      judgement: { change: { type: 'removed', before: ownSettings } },
      expect: 'medium',
    },
    {
      name: 'everyone may write to the state directory',
      judgement: {
        change: { type: 'changed', before: ownState, after: { ...ownState, mode: '0777', openToOthers: true } },
      },
      expect: 'high',
    },
    {
      name: 'the program: another rule tells',
      judgement: { change: { type: 'changed', before: ownProgram, after: { ...ownProgram, digest: 'bb22' } } },
      expect: undefined,
    },
  ],
});

function words({ mode, owner, digest }: OwnFileRow): string {
  return `${mode} ${owner} ${digest}`.trim();
}

function titleOf(change: Exclude<Change<OwnFileRow>, { readonly type: 'added' }>): string {
  const { part } = change.before;
  const [what, has] = part === 'settings' ? ['The settings', 'have'] : ['The state directory', 'has'];
  if (change.type === 'removed') return `${what} of Telltale ${part === 'settings' ? 'are' : 'is'} gone`;
  if (change.before.digest !== change.after.digest) return `${what} of Telltale were changed`;
  return `${what} of Telltale now ${has} mode ${change.after.mode} and owner ${visible(change.after.owner)}`;
}
