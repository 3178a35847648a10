/** A file was made unchangeable, or changeable again. See docs/rules/immutable-changed.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { aboutFile, isAnyBelow, oddFile, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'immutable-changed',
  doc: 'The attribute immutable or append-only (chattr) of a file was set or taken away.',
  on: 'files',
  table: files,
  attack: ['T1222.002'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known) return undefined;
    const { after } = change;
    const before = change.type === 'changed' ? change.before.flags : [];
    const set = after.flags.filter((flag) => !before.includes(flag));
    const gone = change.type === 'changed' ? before.filter((flag) => !after.flags.includes(flag)) : [];
    if (set.length + gone.length === 0) return undefined;
    const planted = set.length > 0 && isAnyBelow(after.path, '/tmp', '/var/tmp', '/dev/shm', '/run', '/home', '/root');
    const about = aboutFile(after);
    return {
      ...about,
      severity: planted ? 'high' : 'medium',
      title:
        set.length > 0
          ? `${shownPath(after.path)} is now ${set.join(' and ')}: even root cannot change it as it is`
          : `${shownPath(after.path)} is no longer ${gone.join(' and ')}`,
      why:
        set.length > 0
          ? 'Intruders protect what they planted, or a configuration that they changed, against being put right.'
          : 'Somebody took away a protection that was set on purpose: the file can be changed now.',
      next: `lsattr -d -- ${shellQuote(after.path)}`,
      facts: { ...about.facts, flags: after.flags, flagsBefore: before },
    };
  },
  samples: [
    {
      name: 'keys of root cannot be taken away',
      judgement: {
        change: {
          type: 'changed',
          before: { ...plainFile, path: '/root/.ssh/authorized_keys' },
          after: { ...plainFile, path: '/root/.ssh/authorized_keys', flags: ['immutable'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'resolv.conf as an administrator likes it',
      judgement: {
        change: { type: 'added', after: oddFile('/etc/resolv.conf', ['immutable'], { flags: ['immutable'] }) },
      },
      expect: 'medium',
    },
    {
      name: 'a protection is taken away',
      judgement: { change: { type: 'changed', before: { ...plainFile, flags: ['immutable'] }, after: plainFile } },
      expect: 'medium',
    },
    { name: 'none', judgement: { change: { type: 'added', after: plainFile } }, expect: undefined },
  ],
});
