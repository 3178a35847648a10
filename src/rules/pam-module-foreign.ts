/** A PAM module is not what a package shipped. See docs/rules/pam-module-foreign.md. */

import { defineRule } from '#model/sensor.ts';
import { type PamRow, pam } from '#sensors/pam.ts';
import { aboutPam, commonAuth, pamUnix, shownPam } from './pam-words.ts';

export default defineRule<PamRow>({
  id: 'pam-module-foreign',
  doc: 'A PAM module came from no package, or differs from what its package shipped.',
  on: 'pam',
  table: pam,
  attack: ['T1556.003', 'T1554'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || change.after.kind !== 'module') return undefined;
    const row = change.after;
    const exchanged = change.type === 'changed' && change.before.content !== row.content;
    if (change.type === 'changed' && !exchanged && change.before.state === row.state) return undefined;
    if (row.state === 'unknown') return exchanged ? unvouched(row) : undefined;
    return isTold(row, learning) ? foreign(row, exchanged) : undefined;
  },
  samples: [
    {
      name: 'pam_unix was exchanged',
      judgement: {
        change: { type: 'changed', before: pamUnix, after: { ...pamUnix, state: 'altered', content: 'ff' } },
      },
      expect: 'critical',
    },
    {
      name: 'exchanged, in the first look',
      judgement: { change: { type: 'added', after: { ...pamUnix, state: 'altered' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'from no package',
      judgement: { change: { type: 'added', after: { ...pamUnix, state: 'unpackaged', package: '' } } },
      expect: 'high',
    },
    {
      name: 'another file, and no package database to ask',
      judgement: {
        change: {
          type: 'changed',
          before: { ...pamUnix, state: 'unknown' },
          after: { ...pamUnix, state: 'unknown', content: 'ff' },
        },
      },
      expect: 'medium',
    },
    { name: 'packaged', judgement: { change: { type: 'added', after: pamUnix } }, expect: undefined },
    {
      name: 'upgraded by its package',
      judgement: { change: { type: 'changed', before: pamUnix, after: { ...pamUnix, content: 'ff' } } },
      expect: undefined,
    },
    {
      name: 'built long ago, in the first look',
      judgement: { change: { type: 'added', after: { ...pamUnix, state: 'unpackaged' } }, learning: true },
      expect: undefined,
    },
    { name: 'a stack', judgement: { change: { type: 'added', after: commonAuth } }, expect: undefined },
  ],
});

/** A module that somebody built long ago is listed, not shouted about; one that was exchanged is. */
function isTold(row: PamRow, learning: boolean): boolean {
  return row.state === 'altered' || (row.state === 'unpackaged' && !learning);
}

function foreign(row: PamRow, exchanged: boolean) {
  const altered = row.state === 'altered';
  return {
    ...aboutPam(row),
    severity: altered || exchanged ? ('critical' as const) : ('high' as const),
    dangerous: altered,
    title: altered
      ? `The PAM module ${shownPam(row.service)} is not what package ${shownPam(row.package, 60)} shipped`
      : `The PAM module ${shownPam(row.service)} came from no package${exchanged ? ' and was exchanged' : ''}`,
    why: 'Modules run as root in sshd, login, su and sudo, and see each password in the clear. An exchanged pam_unix.so with a password of its own is a known way to stay.',
  };
}

/** Where no package database can be asked, another content is all that is known. */
function unvouched(row: PamRow) {
  return {
    ...aboutPam(row),
    severity: 'medium' as const,
    title: `The PAM module ${shownPam(row.service)} is another file now`,
    why: 'Modules run as root and see each password. There is no package database here that could vouch for the new file.',
  };
}
