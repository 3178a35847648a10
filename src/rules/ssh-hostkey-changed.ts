/** A key by which this host proves who it is changed. See docs/rules/ssh-hostkey-changed.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type SshSettingRow, sshSettings } from '#sensors/ssh-settings.ts';
import { aboutSetting, hostKey, rootByKey, shown } from './ssh-words.ts';

export default defineRule<SshSettingRow>({
  id: 'ssh-hostkey-changed',
  doc: 'A host key of sshd was exchanged, added or removed, or others may read it.',
  on: 'ssh-settings',
  table: sshSettings,
  attack: ['T1557', 'T1552.004'],
  types: ['added', 'removed', 'changed'],
  judge({ change, known, learning }) {
    const row = change.type === 'removed' ? change.before : change.after;
    if (row.kind !== 'host key' || known !== (change.type === 'removed')) return undefined;
    const about = aboutSetting(row);
    const path = shown(row.name);
    const open = change.type === 'changed' ? change.before.trouble !== row.trouble : change.type === 'added';
    if (open && row.trouble !== '')
      return {
        ...about,
        severity: 'high',
        dangerous: true,
        title: `The private key ${path} of this host is open: ${shown(row.trouble)}`,
        why: 'Whoever has it can pretend to be this host towards everybody who logs in. sshd refuses keys that others may read.',
        next: `ls -l ${shellQuote(row.name)}`,
      };
    if (learning) return undefined;
    if (change.type === 'changed') {
      if (change.before.value === row.value) return undefined;
      return {
        ...about,
        severity: 'high',
        title: `This host proves itself by another key: ${path} was exchanged`,
        why: 'Everybody who knows the host gets a warning that somebody sits in between. Whoever put the key there has it, and can sit there.',
        facts: { ...about.facts, valueBefore: change.before.value },
      };
    }
    const gone = change.type === 'removed';
    return {
      ...about,
      severity: 'low',
      title: `${gone ? 'A host key is gone' : 'This host has a further host key'}: ${path}`,
      why: 'Host keys are made once, at the installation. Whoever adds one has it, and can pretend to be this host with it.',
    };
  },
  samples: [
    {
      name: 'exchanged',
      judgement: { change: { type: 'changed', before: hostKey, after: { ...hostKey, value: 'ED25519 SHA256:x' } } },
      expect: 'high',
    },
    {
      name: 'others may read it, in the first look',
      judgement: { change: { type: 'added', after: { ...hostKey, trouble: 'others may read it' } }, learning: true },
      expect: 'high',
    },
    { name: 'one more', judgement: { change: { type: 'added', after: hostKey } }, expect: 'low' },
    { name: 'one is gone', judgement: { change: { type: 'removed', before: hostKey }, known: true }, expect: 'low' },
    { name: 'a setting', judgement: { change: { type: 'added', after: rootByKey } }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: hostKey }, learning: true },
      expect: undefined,
    },
  ],
});
