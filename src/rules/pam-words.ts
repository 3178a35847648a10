/** Words about PAM that its rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { PamRow } from '#sensors/pam.ts';

/** Text from a file as it may stand in a sentence. */
export function shownPam(text: string, max = 120): string {
  return shorten(visible(text), max);
}

/** "sshd", or "common-auth (used by sshd, su and 5 more)". */
export function services(row: PamRow): string {
  const name = shownPam(row.service, 60);
  const [first, second] = row.usedBy;
  if (first === undefined) return name;
  const more = row.usedBy.length > 2 ? ` and ${row.usedBy.length - 2} more` : '';
  return `${name} (used by ${shownPam(first, 40)}${second === undefined ? '' : `, ${shownPam(second, 40)}`}${more})`;
}

/** Subject, facts and the next step. */
export function aboutPam(row: PamRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, service, type, steps, verdict, usedBy, content, state, trouble, file } = row;
  return {
    subject: `${kind} ${service} ${type}`.trim(),
    facts: {
      service,
      file,
      ...(type !== '' && { type }),
      ...(steps.length > 0 && { steps, usedBy }),
      ...(verdict !== '' && { verdict }),
      ...(content !== '' && { content, state, package: row.package }),
      ...(trouble !== '' && { trouble }),
    },
    next:
      kind === 'module'
        ? `dpkg -S ${shellQuote(file)}; ls -l --time-style=full-iso ${shellQuote(file)}`
        : `cat ${shellQuote(file)}`,
  };
}

/** Debian's common-auth. */
export const commonAuth: PamRow = {
  kind: 'stack',
  service: 'common-auth',
  type: 'auth',
  steps: ['[success=1 default=ignore] pam_unix.so nullok', 'requisite pam_deny.so', 'required pam_permit.so'],
  verdict: 'refused',
  usedBy: ['sshd', 'su', 'sudo'],
  content: '',
  state: '',
  package: '',
  trouble: '',
  file: '/etc/pam.d/common-auth',
};

/** A module of Debian's. */
export const pamUnix: PamRow = {
  ...commonAuth,
  kind: 'module',
  service: '/usr/lib/x86_64-linux-gnu/security/pam_unix.so',
  type: '',
  steps: [],
  verdict: '',
  usedBy: [],
  content: '00112233aabbccdd',
  state: 'packaged',
  package: 'libpam-modules',
  file: '/usr/lib/x86_64-linux-gnu/security/pam_unix.so',
};
