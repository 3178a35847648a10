/** What a rule of sudo, doas or polkit lets somebody do, in words and in weight; and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { type Finding, type Severity, severities } from '#model/finding.ts';
import type { PrivilegeRow } from '#sensors/privileges.ts';

/** Programs that start other programs or write any file when they are asked to. */
const OPENS_SHELL =
  /(?:^|\/)(?:(?:ba|da|z|k|c|tc|a)?sh|su|sudo|env|vim?|nvim|view|nano|emacs|ed|less|more|most|man|find|awk|gawk|mawk|sed|perl[\d.]*|python[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|node|tar|zip|rsync|scp|ssh|git|ftp|mysql|psql|sqlite3|gdb|strace|tcpdump|nmap|tee|cp|mv|dd|chmod|chown|install|mount|docker|podman|systemctl|journalctl|apt|apt-get|dpkg|rpm|yum|dnf|snap|crontab|at|visudo|useradd|usermod|passwd|chroot|nsenter|unshare|screen|tmux|script|xargs|time|watch|busybox|curl|wget|openssl|ld\.so|ldconfig|insmod|modprobe|service|make)(?= |$)/;

/** Somebody may become root without more ado. */
function isEverything(row: PrivilegeRow): boolean {
  return isAnyCommand(row.command) && isAsRoot(row) && row.password !== 'denied';
}

function isAnyCommand(command: string): boolean {
  return command === 'ALL' || command.startsWith('ALL, !');
}

function isAsRoot({ runAs }: PrivilegeRow): boolean {
  const users = runAs.split(':')[0]?.split(', ') ?? [];
  return users.some((user) => user === 'root' || user === 'ALL' || user === '#0');
}

/** "bob", "members of group sudo", "every account". */
export function who(row: PrivilegeRow): string {
  const name = row.who;
  if (row.kind === 'polkit') return row.who === 'script' ? 'a script of polkit' : shorten(visible(name), 80);
  if (name === 'ALL' || name.startsWith('ALL except '))
    return shorten(visible(name.replace('ALL', 'every account')), 80);
  if (name.startsWith('%')) return `members of group ${shorten(visible(name.slice(1)), 60)}`;
  if (name.startsWith('#')) return `user ${shorten(visible(name.slice(1)), 60)}`;
  return shorten(visible(name), 60);
}

/** "may become root without a password", "may run /bin/ls as www-data with their password". */
export function may(row: PrivilegeRow): string {
  const how = row.password === 'not asked' ? 'without a password' : 'with their own password';
  const place = row.host === 'ALL' || row.kind !== 'sudo' ? '' : `, on ${shorten(visible(row.host), 60)}`;
  if (row.kind === 'polkit') {
    if (row.who === 'script')
      return row.password === 'not asked'
        ? 'says yes to something without a password'
        : 'decides what needs a password';
    return `${row.password === 'not asked' ? 'may do' : 'may be asked for'} ${shorten(visible(row.command), 100)} ${how}`;
  }
  if (row.password === 'denied') return `may no longer run ${shorten(visible(row.command), 100)}`;
  if (isEverything(row)) return `may become root ${how}${place}`;
  const command = isAnyCommand(row.command) ? 'anything' : shorten(visible(row.command), 120);
  return `may run ${command} as ${shorten(visible(row.runAs), 60)} ${how}${place}`;
}

/** Why it weighs what it does, as a sentence; "" when there is nothing to add. */
export function risk(row: PrivilegeRow): string {
  if (isEverything(row) || row.kind === 'polkit') return '';
  if (OPENS_SHELL.test(row.command))
    return ' The program can start a shell or write any file, so it is as good as becoming root.';
  if (row.command.includes('*')) return ' The star lets any arguments pass, often more than was meant.';
  if (/(?:^|, )(?:\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/home\/)/.test(row.command))
    return ' Others than root can put a program there.';
  return '';
}

/** Takes something away, or gives root what root has. */
function isNothing(row: PrivilegeRow): boolean {
  return row.password === 'denied' || row.command.startsWith('!') || (row.who === 'root' && row.kind !== 'polkit');
}

/** How grave a rule is that was not there before. */
export function weightOf(row: PrivilegeRow): Severity {
  if (isNothing(row)) return 'info';
  const free = row.password === 'not asked';
  if (row.kind === 'polkit') return free ? 'high' : 'medium';
  const whole = isEverything(row) || risk(row) !== '';
  const level = isEverything(row) ? 3 : (isAsRoot(row) ? 2 : 1) + Number(whole);
  return severities[Math.min(4, level + Number(free && whole))] ?? 'high';
}

/** Subject, facts and the next step. */
export function aboutPrivilege(row: PrivilegeRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, host, runAs, command, password, tags, file, line, trouble } = row;
  return {
    subject: `${kind} ${row.who} ${host} ${runAs} ${command} ${password}`,
    facts: {
      kind,
      account: row.who,
      host,
      runAs,
      command,
      password,
      tags,
      file,
      line,
      ...(trouble !== '' && { trouble }),
    },
    next: line > 0 ? `sed -n ${shellQuote(`${line}p`)} ${shellQuote(file)}` : `ls -l ${shellQuote(file)}`,
  };
}

/** Debian's rule for the group sudo. */
export const groupSudo: PrivilegeRow = {
  kind: 'sudo',
  who: '%sudo',
  host: 'ALL',
  runAs: 'ALL:ALL',
  command: 'ALL',
  password: 'asked',
  content: '',
  trouble: '',
  tags: [],
  file: '/etc/sudoers',
  line: 47,
};

/** bob may run everything, and is not asked. */
export const bobFree: PrivilegeRow = {
  ...groupSudo,
  who: 'bob',
  password: 'not asked',
  tags: ['NOPASSWD'],
  file: '/etc/sudoers.d/bob',
  line: 1,
};
