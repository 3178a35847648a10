/** sshd was told something else. See docs/rules/ssh-setting-changed.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type SshSettingRow, sshSettings } from '#sensors/ssh-settings.ts';
import { aboutSetting, hostKey, rootByKey, shown } from './ssh-words.ts';

const passwords: SshSettingRow = { ...rootByKey, name: 'passwordauthentication', value: 'no' };

export default defineRule<SshSettingRow>({
  id: 'ssh-setting-changed',
  doc: 'A setting of sshd changed; what opens a way in is told as that.',
  on: 'ssh-settings',
  table: sshSettings,
  attack: ['T1556', 'T1021.004'],
  types: ['added', 'removed', 'changed'],
  judge({ change, known, learning }) {
    const row = change.type === 'removed' ? change.before : change.after;
    if (row.kind !== 'setting' || learning || known !== (change.type === 'removed')) return undefined;
    // sshd was installed, or removed, a moment ago: what it does by itself is no news.
    if (change.type !== 'changed' && !row.set) return undefined;
    if (change.type === 'changed' && change.before.value === row.value) return writable(change.before, row);
    return told(row, change);
  },
  samples: [
    {
      name: 'passwords for root',
      judgement: { change: { type: 'changed', before: rootByKey, after: { ...rootByKey, value: 'yes' } } },
      expect: 'high',
    },
    {
      name: 'a second file of keys',
      judgement: {
        change: {
          type: 'changed',
          before: { ...rootByKey, name: 'authorizedkeysfile', value: '.ssh/authorized_keys' },
          after: { ...rootByKey, name: 'authorizedkeysfile', value: '.ssh/authorized_keys /etc/ssh/keys/%u' },
        },
      },
      expect: 'high',
    },
    {
      name: 'passwords again',
      judgement: { change: { type: 'changed', before: passwords, after: { ...passwords, value: 'yes' } } },
      expect: 'medium',
    },
    {
      name: 'options at the start',
      judgement: {
        change: {
          type: 'changed',
          before: { ...rootByKey, name: 'command line', value: '' },
          after: { ...rootByKey, name: 'command line', value: '-o PermitRootLogin=yes', set: true },
        },
      },
      expect: 'high',
    },
    {
      name: 'passwords no more',
      judgement: { change: { type: 'changed', before: { ...passwords, value: 'yes' }, after: passwords } },
      expect: 'low',
    },
    {
      name: 'under a Match',
      judgement: { change: { type: 'added', after: { ...passwords, condition: 'User eve', value: 'yes', set: true } } },
      expect: 'medium',
    },
    {
      name: 'everyone may write the file',
      judgement: {
        change: { type: 'changed', before: rootByKey, after: { ...rootByKey, trouble: 'everyone may write it' } },
      },
      expect: 'high',
    },
    {
      name: 'a Match is gone',
      judgement: {
        change: { type: 'removed', before: { ...passwords, set: true, condition: 'User eve' } },
        known: true,
      },
      expect: 'low',
    },
    {
      name: 'a default of sshd',
      judgement: { change: { type: 'added', after: { ...passwords, value: 'yes' } } },
      expect: undefined,
    },
    {
      name: 'sshd is gone, and with it its defaults',
      judgement: { change: { type: 'removed', before: passwords }, known: true },
      expect: undefined,
    },
    { name: 'a host key', judgement: { change: { type: 'added', after: hostKey } }, expect: undefined },
    {
      name: 'back to normal',
      judgement: { change: { type: 'changed', before: { ...rootByKey, value: 'yes' }, after: rootByKey }, known: true },
      expect: undefined,
    },
  ],
});

function told(row: SshSettingRow, change: Change<SshSettingRow>) {
  const before = change.type === 'changed' ? change.before.value : '';
  const now = change.type === 'removed' ? '' : row.value;
  const { severity, words } = change.type === 'removed' ? nothingSpecial : meaningOf(row);
  const about = aboutSetting(row);
  const where = row.condition === '' ? '' : ` for those who match "${shown(row.condition, 80)}"`;
  return {
    ...about,
    severity,
    onlyAsPackaged: severity === 'high',
    title: `sshd ${words ?? plainWords(row, now, change.type)}${where}`,
    why: `${shown(row.name, 40)} was ${quoted(before)} before and is ${quoted(now)} now. It counts from the next reload of sshd on.`,
    facts: { ...about.facts, value: now, valueBefore: before },
    // What the program or the authority may do is told by ssh-ca-new.
    ...(NAMES_A_FILE.test(row.name) && now.startsWith('/') && { folds: now.split(' ', 1)[0] ?? now }),
  };
}

function plainWords(row: SshSettingRow, now: string, type: 'added' | 'removed' | 'changed'): string {
  const name = shown(row.name, 40);
  if (type === 'removed') return `is no longer told ${name} ${shown(row.value, 60)}`.trim();
  return now === '' ? `is no longer told ${name}` : `is now told ${name} ${shown(now, 80)}`;
}

function writable(before: SshSettingRow, row: SshSettingRow) {
  // One finding for a file, not one for each of its settings.
  if (before.trouble === row.trouble || row.trouble === '' || row.name !== 'permitrootlogin') return undefined;
  const severity: Severity = row.trouble.startsWith('everyone') ? 'high' : 'medium';
  return {
    ...aboutSetting(row),
    severity,
    title: `The settings of sshd are open: ${shown(row.trouble)}`,
    why: 'Whoever may write this file decides who may log in to this host, as root as well.',
  };
}

const NAMES_A_FILE = /^(?:authorizedkeyscommand|authorizedprincipalscommand|trustedusercakeys)$/;

type Meaning = { readonly severity: Severity; readonly words: string | undefined };
const nothingSpecial: Meaning = { severity: 'low', words: undefined };

/** Directives whose value opens something: when it does, how grave it is, and what it means after "sshd". */
const OPENINGS: Readonly<
  Record<string, { readonly when: RegExp; readonly severity: Severity; readonly words: string }>
> = {
  permitrootlogin: { when: /^yes$/i, severity: 'high', words: 'now accepts passwords for root' },
  passwordauthentication: { when: /^yes$/i, severity: 'medium', words: 'now accepts passwords' },
  kbdinteractiveauthentication: { when: /^yes$/i, severity: 'medium', words: 'now asks for passwords by way of PAM' },
  permitemptypasswords: { when: /^yes$/i, severity: 'high', words: 'now lets accounts in that have no password' },
  hostbasedauthentication: { when: /^yes$/i, severity: 'high', words: 'now trusts other hosts to say who somebody is' },
  ignorerhosts: { when: /^(?:no|shosts-only)$/i, severity: 'high', words: 'now reads .rhosts or .shosts of its users' },
  strictmodes: { when: /^no$/i, severity: 'high', words: 'now reads files of keys that others may write' },
  permituserenvironment: {
    when: /^(?!no$)./i,
    severity: 'high',
    words: 'now takes variables such as LD_PRELOAD from its users',
  },
  permittunnel: { when: /^(?!no$)./i, severity: 'medium', words: 'now lets its users make network tunnels' },
  gatewayports: { when: /^(?!no$)./i, severity: 'medium', words: 'now lets its users open ports to the network' },
  authorizedkeyscommand: {
    when: /^(?!none$)./i,
    severity: 'high',
    words: 'now asks a program for the keys that let in',
  },
  authorizedprincipalscommand: {
    when: /^(?!none$)./i,
    severity: 'high',
    words: 'now asks a program whose certificates let in',
  },
  trustedusercakeys: {
    when: /^(?!none$)./i,
    severity: 'high',
    words: 'now trusts a certificate authority for its users',
  },
  usepam: { when: /^no$/i, severity: 'medium', words: 'no longer asks PAM who may log in' },
  loglevel: { when: /^(?:quiet|fatal|error)$/i, severity: 'medium', words: 'no longer writes down who logs in' },
  forcecommand: { when: /^(?!none$)./i, severity: 'medium', words: 'now runs a command of its own at each login' },
  'command line': {
    when: /./,
    severity: 'high',
    words: 'is now started with options that come before its configuration',
  },
  port: { when: /./, severity: 'medium', words: 'listens on other ports' },
  listenaddress: { when: /./, severity: 'medium', words: 'listens on other addresses' },
};

function meaningOf(row: SshSettingRow): Meaning {
  if (row.name === 'authorizedkeysfile')
    return { severity: 'high', words: `takes keys from other files: ${quoted(row.value)}` };
  const opening = Object.hasOwn(OPENINGS, row.name) ? OPENINGS[row.name] : undefined;
  if (opening !== undefined && row.value !== '' && opening.when.test(row.value)) return opening;
  const narrows = /^(?:allow|deny)(?:users|groups)$/.test(row.name);
  return narrows
    ? { severity: 'medium', words: `lets other people in: ${row.name} ${shown(row.value, 80) || 'is no longer set'}` }
    : nothingSpecial;
}

function quoted(value: string): string {
  return value === '' ? 'not set' : `"${shown(value, 120)}"`;
}
