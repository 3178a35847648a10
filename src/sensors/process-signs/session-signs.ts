/** Outlived the login session that started it: by systemd's word, or by the kernel's audit session where there is none. */

import { type Host, isFailure } from '#model/host.ts';
import type { Running, Scan } from '../process-scan.ts';
import type { Sign, Suspect } from './sign.ts';

const SESSIONS = '/run/systemd/sessions';
/** Made to outlive a session: what runs inside of them does so on purpose. */
const KEEPERS = /^(?:tmux(?:: server)?|screen|SCREEN|dtach|abduco|zellij|mosh-server|byobu.*)$/;
/** Those who open sessions: while one of them is in it, the session lasts. */
const OPENERS =
  /^(?:sshd.*|login|su|sudo|cron|crond|atd|gdm.*|lightdm|sddm.*|lxdm|xdm|dropbear|agetty|systemd|in\.telnetd)$/;
const UNSET = '4294967295';
const SMALL_BYTES = 64 << 10;

/** Audit session of a process, "" where it has none. Stays as it is for its life: ask once. */
export function auditSessionOf(host: Host, pid: number): string {
  const bytes = host.files.read(`/proc/${pid}/sessionid`, SMALL_BYTES);
  const text = isFailure(bytes) ? UNSET : bytes.toString('latin1').trim();
  return text === UNSET || !/^\d{1,10}$/.test(text) ? '' : text;
}

/** Audit sessions whose opener still runs. */
export function openSessions(scan: Scan, sessionOf: (process: Running) => string): ReadonlySet<string> {
  const open = new Set<string>();
  for (const process of scan.processes.values()) {
    const session = OPENERS.test(process.comm) ? sessionOf(process) : '';
    if (session !== '') open.add(session);
  }
  return open;
}

/** `outlived session`. */
export function sessionSigns(
  { host, process, ancestors }: Suspect,
  audit: { readonly session: string; readonly open: ReadonlySet<string> },
): Sign[] {
  const gone = process.session === '' ? isAuditGone(host, process, audit) : isScopeGone(host, process.session);
  if (!gone || [process, ...ancestors].some(({ comm }) => KEEPERS.test(comm))) return [];
  return [{ sign: 'outlived session', value: '', detail: `session ${process.session || audit.session}` }];
}

/** systemd keeps a file a session; it says "closing" while processes are left after its leader ended. */
function isScopeGone(host: Host, session: string): boolean {
  if (isFailure(host.files.stat(SESSIONS))) return false;
  const bytes = host.files.read(`${SESSIONS}/${session}`, SMALL_BYTES);
  if (isFailure(bytes)) return bytes.error === 'ENOENT';
  return /^STATE=closing$/m.test(bytes.toString('latin1'));
}

function isAuditGone(
  host: Host,
  process: Running,
  { session, open }: { readonly session: string; readonly open: ReadonlySet<string> },
): boolean {
  // A unit of systemd's own has its own life, whoever asked for it.
  if (session === '' || open.has(session) || process.unit !== '') return false;
  return isFailure(host.files.stat(SESSIONS));
}
