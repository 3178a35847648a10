/** What the processes of sshd call themselves (setproctitle in OpenSSH's session.c and monitor.c). */

/** The user in the title of sshd's process after the login; undefined for every other process. */
export function loggedIn(title: string): string | undefined {
  if (/\[(?:priv|net|accepted|preauth|listener)\b/.test(title)) return undefined;
  return /^sshd(?:-session)?: ([^\s@]+(?:@[^\s@]+)?)@(?:pts\/\d+|notty|tty\S*|internal-sftp)/.exec(title)?.[1];
}
