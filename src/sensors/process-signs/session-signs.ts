/**
 * Outlived the login session that started it: by systemd's word; without its scopes by who let the person in, as events
 * told; where those were not heard by the kernel's audit session.
 */

import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import type { Running, Scan } from '../process-scan.ts';
import { programTrust } from '../program-trust.ts';
import { isOpener, isOver, type Login } from './login.ts';
import type { Sign, Suspect } from './sign.ts';

const SESSIONS = '/run/systemd/sessions';
/** Made to outlive a session: what runs inside of them does so on purpose. */
const KEEPER = /\/(?:tmux|screen|dtach|abduco|zellij|mosh-server|byobu[^/]*)$/;
/** Agents of a person that every login shares: they stay by design, and hold no session of their own. */
const AGENT =
  /\/(?:gpg-agent|dirmngr|keyboxd|scdaemon|ssh-agent|dbus-daemon|dbus-launch|pulseaudio|pipewire[^/]*|wireplumber|gvfsd[^/]*)$/;
const UNSET = '4294967295';
const SMALL_BYTES = 64 << 10;
/** At logout a session has short helpers, and programs that take their time to end. */
const LOGOUT_MS = 5000;

/** What is known of the session of one process. */
export interface SessionKnown {
  /** Audit session, "" where it has none. */
  readonly audit: string;
  readonly login: Login | undefined;
  /** Monotonic: since when its session is over; undefined while it lasts. */
  overSinceMs: number | undefined;
}

/** What is known of all sessions. */
export interface SessionsKnown {
  readonly scan: Scan;
  /** Audit sessions whose opener still runs. */
  readonly open: ReadonlySet<string>;
  /** Nothing was looked at before: what stands there now outlived its session for who knows how long. */
  readonly first: boolean;
  readonly nowMs: number;
}

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
    // sudo and su open none: what they left behind would keep the session open for ever.
    const session = isOpener(process) && !process.ending ? sessionOf(process) : '';
    if (session !== '') open.add(session);
  }
  return open;
}

/** `outlived session`. */
export function sessionSigns(suspect: Suspect, known: SessionKnown, all: SessionsKnown): Sign[] {
  const { process } = suspect;
  if (!isGone(suspect, known, all)) {
    known.overSinceMs = undefined;
    return [];
  }
  known.overSinceMs ??= all.first ? Number.NEGATIVE_INFINITY : all.nowMs;
  if (all.nowMs - known.overSinceMs < LOGOUT_MS || isKept(suspect)) return [];
  return [{ sign: 'outlived session', value: '', detail: detailOf(process, known) }];
}

function detailOf({ session }: Running, { audit, login }: SessionKnown): string {
  const name = session || audit;
  return name === '' ? `of ${login?.name ?? ''}, process ${login?.pid ?? 0}` : `session ${name}`;
}

function isGone({ host, process }: Suspect, { audit, login }: SessionKnown, { scan, open }: SessionsKnown): boolean {
  if (process.session !== '') return isScopeGone(host, process.session);
  // A unit of systemd's own has its own life, whoever asked for it, and so has a container.
  if (process.unit !== '' || process.container !== '' || isOpener(process)) return false;
  if (login !== undefined) return login.kind === 'login' && isOver(login, scan);
  return audit !== '' && !open.has(audit);
}

/** systemd keeps a file a session; it says "closing" while processes are left after its leader ended. */
function isScopeGone(host: Host, session: string): boolean {
  if (isFailure(host.files.stat(SESSIONS))) return false;
  const bytes = host.files.read(`${SESSIONS}/${session}`, SMALL_BYTES);
  if (isFailure(bytes)) return bytes.error === 'ENOENT';
  return /^STATE=closing$/m.test(bytes.toString('latin1'));
}

function isKept({ host, process, ancestors }: Suspect): boolean {
  if (AGENT.test(process.exe) && isSystems(host, process)) return true;
  return [process, ...ancestors].some((one) => KEEPER.test(one.exe) && isSystems(host, one));
}

/** Anybody may call his program tmux: it must be one that only root can have put there. */
function isSystems(host: Host, { exe }: Pick<ProcessFacts, 'exe'>): boolean {
  const { state, open } = programTrust(host, exe);
  return (state === 'packaged' || state === 'unpackaged') && open === '';
}
