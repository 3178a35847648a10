/** Exit codes: those of `check` are what Nagios and Icinga plugins use, the rest is sysexits.h. Listed in docs/commands.md. */

export const exit = {
  ok: 0,
  /** check: something to watch. compare: something differs, nothing of it to act on. */
  watch: 1,
  /** Something to act on. */
  act: 2,
  /** Could not look: never mistaken for "nothing there". */
  blind: 3,
  /** EX_USAGE: the command line cannot be understood. */
  usage: 64,
  /** EX_DATAERR: a file that was given cannot be understood. */
  data: 65,
  /** EX_NOINPUT: no such alert, version or file. */
  noInput: 66,
  /** EX_UNAVAILABLE: the daemon is absent where it is needed. */
  noDaemon: 69,
  /** EX_SOFTWARE: a fault of ours. */
  internal: 70,
  /** EX_CANTCREAT: a file or folder cannot be made. */
  cannotCreate: 73,
  /** EX_IOERR: reading or writing failed. */
  io: 74,
  /** EX_TEMPFAIL: another holds the lock; try again. */
  tryAgain: 75,
  /** EX_NOPERM. */
  noPermission: 77,
  /** EX_CONFIG: the settings cannot be used. */
  config: 78,
} as const;

/** Exit code by code of VerbError. */
const BY_CODE: Readonly<Record<string, number>> = {
  USAGE: exit.usage,
  BAD_SCOPE: exit.usage,
  BAD_TIME: exit.usage,
  CONFIG: exit.config,
  DATA: exit.data,
  SQL: exit.data,
  PROTOCOL: exit.noDaemon,
  NO_DAEMON: exit.noDaemon,
  DAEMON_GONE: exit.noDaemon,
  BUSY: exit.tryAgain,
  LOCKED: exit.tryAgain,
  REFUSED: exit.noPermission,
  SOCKET: exit.cannotCreate,
  BAD_STATE_DIR: exit.cannotCreate,
  EXISTS: exit.cannotCreate,
  NEVER: exit.noPermission,
  NOT_BLOCKED: exit.cannotCreate,
  NO_STATE: exit.noInput,
  NOT_FOUND: exit.noInput,
  NO_BASELINE: exit.noInput,
  NO_STORE: exit.io,
  DAMAGED_STATE: exit.io,
  DISK: exit.io,
  OUTPUT: exit.io,
  NOT_SENT: exit.io,
};

/** Exit code for an error with a stable code; unknown codes are a person's request that could not be met. */
export function exitForCode(code: string): number {
  return BY_CODE[code] ?? (code === 'INTERNAL' ? exit.internal : exit.noInput);
}

/** 0 nothing at watch or above is open, 1 watch, 2 act. */
export function exitForChanges(open: Readonly<Record<'act' | 'watch' | 'note', number>>): number {
  if (open.act > 0) return exit.act;
  return open.watch > 0 ? exit.watch : exit.ok;
}
