/** The program of the watch itself was changed. See docs/rules/own-program-changed.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type OwnFileRow, ownFiles } from '#sensors/own-file-table.ts';
import { ownProgram, ownSettings } from './own-rows.ts';

export default defineRule<OwnFileRow>({
  id: 'own-program-changed',
  doc: 'A file of Telltale itself, or the Node that runs it, was changed or exchanged.',
  on: 'telltale',
  table: ownFiles,
  attack: ['T1554', 'T1562.001'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed' || !isMoved(change)) return undefined;
    const { before, after } = change;
    const what = after.part === 'node' ? 'The Node that runs Telltale' : 'The program of Telltale';
    const about = {
      subject: after.part,
      next: `ls -l --time=full ${shellQuote(after.newest === '' ? after.path : after.newest)}; telltale about; telltale verify`,
      facts: {
        part: after.part,
        path: after.path,
        newest: after.newest,
        before: before.digest,
        after: after.digest,
        mode: after.mode,
      },
    };
    if (after.part === 'program' && before.version !== after.version && !after.openToOthers)
      return {
        ...about,
        severity: 'medium',
        title: `${what} was changed from version ${visible(before.version)} to ${visible(after.version)}`,
        why: 'A new version is in place; it runs now, or from the next start on. Was it one of you who put it there?',
      };
    return {
      ...about,
      severity: 'critical',
      title: `${what} was changed${lastOf(after)}${after.openToOthers ? ', and others than its owner may write to it' : ''}`,
      why: 'From the next start on, or already, the watch is what somebody made of it: compare it with the release, or in a clone with what you fetched (git status), before you believe it again.',
    };
  },
  samples: [
    {
      name: 'a file was edited',
      judgement: { change: { type: 'changed', before: ownProgram, after: { ...ownProgram, digest: 'bb22' } } },
      expect: 'critical',
    },
    {
      name: 'an upgrade',
      judgement: {
        change: { type: 'changed', before: ownProgram, after: { ...ownProgram, digest: 'bb22', version: '1.1.0' } },
      },
      expect: 'medium',
    },
    {
      name: 'the Node was exchanged',
      judgement: {
        change: {
          type: 'changed',
          before: { ...ownProgram, part: 'node' },
          after: { ...ownProgram, part: 'node', digest: 'bb22' },
        },
      },
      expect: 'critical',
    },
    {
      name: 'everyone may write to it',
      judgement: {
        change: { type: 'changed', before: ownProgram, after: { ...ownProgram, mode: '0777', openToOthers: true } },
      },
      expect: 'critical',
    },
    {
      name: 'the settings: another rule tells',
      judgement: { change: { type: 'changed', before: ownSettings, after: { ...ownSettings, digest: 'bb22' } } },
      expect: undefined,
    },
  ],
});

/** A file may have been taken away instead: then the one changed last says nothing, so it is named as just that. */
function lastOf({ part, path, newest }: OwnFileRow): string {
  if (part !== 'program' || !newest.startsWith(`${path}/`)) return '';
  return ` (changed last: ${visible(newest.slice(path.length + 1))})`;
}

function isMoved({ before, after }: { readonly before: OwnFileRow; readonly after: OwnFileRow }): boolean {
  if (after.part !== 'program' && after.part !== 'node') return false;
  return before.digest !== after.digest || before.mode !== after.mode || before.owner !== after.owner;
}
