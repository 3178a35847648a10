/** A setting of a PAM module changed. See docs/rules/pam-setting-changed.md. */

import { defineRule } from '#model/sensor.ts';
import { type PamRow, pam } from '#sensors/pam.ts';
import { aboutPam, commonAuth, shownPam } from './pam-words.ts';

const setting: PamRow = {
  ...commonAuth,
  kind: 'setting',
  service: '/etc/security/access.conf',
  type: '-:ALL EXCEPT root:ALL',
  steps: [],
  verdict: '',
  usedBy: [],
  file: '/etc/security/access.conf',
};

export default defineRule<PamRow>({
  id: 'pam-setting-changed',
  doc: 'A line in a file of /etc/security came or went.',
  on: 'pam',
  table: pam,
  attack: ['T1556.003'],
  types: ['added', 'removed'],
  judge({ change, known, learning, replaced }) {
    const gone = change.type === 'removed';
    if (change.type === 'changed' || learning || known !== gone) return undefined;
    const row = gone ? change.before : change.after;
    if (row.kind !== 'setting') return undefined;
    const grave = /(?:access|time|group|faillock|namespace|pam_env)/.test(row.service);
    const about = aboutPam(row);
    return {
      ...about,
      severity: grave ? 'medium' : 'low',
      title: `${shownPam(row.service, 80)} ${gone ? 'no longer says' : 'now says'} "${shownPam(row.type, 100)}"`,
      why: 'Files of /etc/security say who may log in from where and when, which groups and variables they get, and after how many wrong passwords they are locked out.',
      facts: { ...about.facts, line: row.type, ...(replaced && { lineBefore: replaced.type }) },
    };
  },
  samples: [
    { name: 'who may log in', judgement: { change: { type: 'added', after: setting } }, expect: 'medium' },
    { name: 'it is gone', judgement: { change: { type: 'removed', before: setting }, known: true }, expect: 'medium' },
    {
      name: 'a limit',
      judgement: { change: { type: 'added', after: { ...setting, service: '/etc/security/limits.conf' } } },
      expect: 'low',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: setting }, learning: true },
      expect: undefined,
    },
    { name: 'a stack', judgement: { change: { type: 'added', after: commonAuth } }, expect: undefined },
  ],
});
