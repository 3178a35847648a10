/** Words about SSH that its rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { SshKeyRow } from '#sensors/ssh-keys.ts';
import type { SshSettingRow } from '#sensors/ssh-settings.ts';

/** Text from a file as it may stand in a sentence. */
export function shown(text: string, max = 100): string {
  return shorten(visible(text.trim()), max);
}

/** `the key ED25519 SHA256:… (comment)`. */
export function keyWords(row: SshKeyRow): string {
  const comment = row.comment.trim() === '' ? '' : ` (${shown(row.comment, 40)})`;
  return `the key ${shown(row.type, 20)} ${shown(row.key, 60)}${comment}`;
}

/** "root", "every account". */
export function whose(row: SshKeyRow): string {
  return row.account === '*' ? 'every account' : shown(row.account, 60);
}

/** Subject, facts and the next step for a row of `ssh-keys`. */
export function aboutKey(row: SshKeyRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, account, file, key, type, options, comment, trouble, login, line } = row;
  const where = line > 0 ? `sed -n ${shellQuote(`${line}p`)} ${shellQuote(file)}` : `ls -ld ${shellQuote(file)}`;
  return {
    subject: `${kind} ${account} ${file} ${key}`,
    facts: {
      account,
      file,
      ...(key !== '' && { key, type, options, comment }),
      ...(trouble !== '' && { trouble }),
      ...(line > 0 && { line }),
      loginNow: login,
    },
    next: where,
  };
}

/** Options that keep a key from being a way to a shell. */
export function isRestricted(row: SshKeyRow): boolean {
  return row.options.some((option) => /^(?:command=|restrict$)/i.test(option));
}

/** Subject, facts and the next step for a row of `ssh-settings`. */
export function aboutSetting(row: SshSettingRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { condition, name, value, trouble, file, line } = row;
  return {
    subject: `${condition} ${name}`.trim(),
    facts: { setting: name, value, condition, file, line, ...(trouble !== '' && { trouble }) },
    next:
      row.kind === 'host key'
        ? `ls -l --time-style=full-iso ${shellQuote(name)}`
        : name === 'command line'
          ? `cat ${shellQuote(file)}`
          : `sshd -T | grep -i ${shellQuote(`^${name}`)}`,
  };
}

/** A key of bob's. */
export const bobsKey: SshKeyRow = {
  kind: 'key',
  account: 'bob',
  file: '/home/bob/.ssh/authorized_keys',
  key: 'SHA256:uCbS2tLVwJZfJ2kq0lq1cQYfyhH2eXJcKXSl0sEAAAA',
  nth: 1,
  type: 'ED25519',
  options: [],
  content: '',
  trouble: '',
  comment: 'bob@laptop',
  uid: 1001,
  login: 'yes',
  line: 1,
  shared: '',
};

/** The setting that root may log in by key only, which is sshd's default. */
export const rootByKey: SshSettingRow = {
  kind: 'setting',
  condition: '',
  name: 'permitrootlogin',
  value: 'prohibit-password',
  trouble: '',
  set: false,
  file: '/etc/ssh/sshd_config',
  line: 0,
};

/** A key of the host. */
export const hostKey: SshSettingRow = {
  ...rootByKey,
  kind: 'host key',
  name: '/etc/ssh/ssh_host_ed25519_key',
  value: 'ED25519 SHA256:2tLVwJZfJ2kq0lq1cQYfyhH2eXJcKXSl0sEuCbSAAAA',
  set: true,
  file: '/etc/ssh/ssh_host_ed25519_key',
};
