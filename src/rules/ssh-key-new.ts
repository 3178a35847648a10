/** An account may be logged in to with another key. See docs/rules/ssh-key-new.md. */

import { type Severity, severities } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type SshKeyRow, sshKeys } from '#sensors/ssh-keys.ts';
import { aboutKey, bobsKey, isRestricted, keyWords, shown, whose } from './ssh-words.ts';

export default defineRule<SshKeyRow>({
  id: 'ssh-key-new',
  doc: 'A key or principal that is not in the baseline lets somebody in by SSH.',
  on: 'ssh-keys',
  table: sshKeys,
  attack: ['T1098.004'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    if (row.kind === 'principal')
      return {
        ...aboutKey(row),
        onlyAsPackaged: true,
        severity: row.uid === 0 ? 'high' : 'medium',
        title: `${whose(row)} may now be logged in to with a certificate for ${shown(row.key)}`,
        why: 'Whoever holds a certificate by a trusted authority with this name gets in; no key stands in the home of the account.',
      };
    if (row.kind !== 'key') return undefined;
    const authority = row.options.some((option) => /^cert-authority$/i.test(option));
    const blocked = row.login === 'yes' ? '' : ` At present it does not work: ${row.login}.`;
    const bounds = row.options.length === 0 ? '' : ` Its options: ${shown(row.options.join(', '), 200)}.`;
    return {
      ...aboutKey(row),
      onlyAsPackaged: true,
      severity: severityOf(row, authority),
      title: authority
        ? `${whose(row)} may now be logged in to by whoever ${keyWords(row)} has signed`
        : `${whose(row)} may now be logged in to with ${keyWords(row)}`,
      // Another account with the home of one: its line in passwd is the deed, or the key is that of both.
      ...(row.shared !== '' && { folds: '/etc/passwd', deed: row.file }),
      why: `Whoever has the private key gets in without a password, and stays able to when passwords are changed.${bounds}${blocked}`,
    };
  },
  samples: [
    { name: 'a key of a person', judgement: { change: { type: 'added', after: bobsKey } }, expect: 'medium' },
    {
      name: 'a key of root',
      judgement: { change: { type: 'added', after: { ...bobsKey, account: 'root', uid: 0 } } },
      expect: 'high',
    },
    {
      name: 'a key of a service',
      judgement: { change: { type: 'added', after: { ...bobsKey, account: 'www-data', uid: 33 } } },
      expect: 'high',
    },
    {
      name: 'an authority',
      judgement: { change: { type: 'added', after: { ...bobsKey, options: ['cert-authority'] } } },
      expect: 'high',
    },
    {
      name: 'a key that runs one command',
      judgement: {
        change: { type: 'added', after: { ...bobsKey, options: ['command="/usr/bin/backup"', 'restrict'] } },
      },
      expect: 'low',
    },
    {
      name: 'a principal of root',
      judgement: { change: { type: 'added', after: { ...bobsKey, kind: 'principal', key: 'eve', uid: 0 } } },
      expect: 'high',
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: bobsKey }, known: true }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: bobsKey }, learning: true },
      expect: undefined,
    },
    {
      name: 'an empty file of keys',
      judgement: { change: { type: 'added', after: { ...bobsKey, kind: 'key file', key: '' } } },
      expect: undefined,
    },
  ],
});

/** root and services are high: people add keys, services do not. One command only: one step less. */
function severityOf(row: SshKeyRow, authority: boolean): Severity {
  const level = authority || row.uid < 1000 ? 3 : 2;
  return severities[level - Number(isRestricted(row) && !authority)] ?? 'medium';
}
