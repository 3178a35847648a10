/** What a key may do is another thing now, or others may write the file of keys. See docs/rules/ssh-key-changed.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule, type Judgement } from '#model/sensor.ts';
import { type SshKeyRow, sshKeys } from '#sensors/ssh-keys.ts';
import { aboutKey, bobsKey, isRestricted, keyWords, shown, whose } from './ssh-words.ts';

const keyFile: SshKeyRow = { ...bobsKey, kind: 'key file', key: '', type: '', comment: '', line: 0 };

export default defineRule<SshKeyRow>({
  id: 'ssh-key-changed',
  doc: 'The options of a key were changed, or others than its owner may write a file of keys.',
  on: 'ssh-keys',
  table: sshKeys,
  attack: ['T1098.004', 'T1222.002'],
  types: ['added', 'changed'],
  judge(judgement) {
    return judgement.known ? undefined : (openFile(judgement) ?? otherOptions(judgement));
  },
  samples: [
    {
      name: 'everyone may write it, in the first look',
      judgement: { change: { type: 'added', after: { ...keyFile, trouble: 'everyone may write it' } }, learning: true },
      expect: 'high',
    },
    {
      name: 'it was opened',
      judgement: {
        change: { type: 'changed', before: keyFile, after: { ...keyFile, trouble: 'its group may write it' } },
      },
      expect: 'medium',
    },
    {
      name: 'a restriction was taken off',
      judgement: { change: { type: 'changed', before: { ...bobsKey, options: ['restrict'] }, after: bobsKey } },
      expect: 'medium',
    },
    {
      name: 'a restriction of root’s key was taken off',
      judgement: {
        change: {
          type: 'changed',
          before: { ...bobsKey, uid: 0, options: ['command="x"'] },
          after: { ...bobsKey, uid: 0 },
        },
      },
      expect: 'high',
    },
    {
      name: 'an option more',
      judgement: { change: { type: 'changed', before: bobsKey, after: { ...bobsKey, options: ['no-pty'] } } },
      expect: 'low',
    },
    { name: 'a file in order', judgement: { change: { type: 'added', after: keyFile } }, expect: undefined },
    { name: 'a new key', judgement: { change: { type: 'added', after: bobsKey } }, expect: undefined },
  ],
});

function openFile({ change }: Judgement<SshKeyRow>) {
  if (change.type === 'removed' || !/write|belongs/.test(change.after.trouble)) return undefined;
  const row = change.after;
  if (change.type === 'changed' && change.before.trouble === row.trouble) return undefined;
  const everyone = row.trouble.startsWith('everyone');
  return {
    ...aboutKey(row),
    severity: everyone ? ('high' as const) : ('medium' as const),
    dangerous: everyone,
    title: `${shown(row.file)}, which lets into ${whose(row)}, is open: ${shown(row.trouble)}`,
    why: 'Whoever may write this file can let themselves in. With StrictModes sshd passes over it, so the keys in it may fail as well.',
    next: `ls -ld ${shellQuote(row.file)}`,
  };
}

function otherOptions({ change }: Judgement<SshKeyRow>) {
  if (change.type !== 'changed' || (change.after.kind !== 'key' && change.after.kind !== 'user CA')) return undefined;
  const { before, after } = change;
  if (before.options.join(',') === after.options.join(',')) return undefined;
  const freed = isRestricted(before) && !isRestricted(after);
  const about = aboutKey(after);
  const what = freed ? 'is no longer held to one command or restricted' : 'has other options';
  return {
    ...about,
    severity: !freed ? ('low' as const) : after.uid === 0 ? ('high' as const) : ('medium' as const),
    title: `${keyWords(after)} of ${whose(after)} ${what}`.replace(/^t/, 'T'),
    why: `Options are what keeps a key for one purpose from being a key for all. Before: ${shown(before.options.join(', '), 200) || 'none'}. Now: ${shown(after.options.join(', '), 200) || 'none'}.`,
    facts: { ...about.facts, optionsBefore: before.options },
  };
}
