/** Session files of systemd-logind (/run/systemd/sessions/ID), as logind-session.c writes them. */

/** A session that somebody opened from another host. */
export interface RemoteSession {
  readonly user: string;
  readonly address: string;
  /** When it was opened; 0 where the file does not say. */
  readonly sinceMs: number;
}

/** Undefined for a session that is closing, or at the machine itself. */
export function remoteSessionOf(session: string): RemoteSession | undefined {
  if (!/^STATE=(?:active|online)$/m.test(session)) return undefined;
  const address = /^REMOTE_HOST=(\S+)$/m.exec(session)?.[1];
  if (address === undefined) return undefined;
  const micros = /^REALTIME=(\d{1,19})$/m.exec(session)?.[1] ?? '0';
  const user = /^USER=(\S{1,64})$/m.exec(session)?.[1] ?? '';
  return { user, address, sinceMs: Math.floor(Number(micros) / 1_000) };
}
