/** /proc/PID/stat: proc_pid_stat(5). The name (field 2) may hold spaces and parentheses: it ends at the last one. */

export interface ProcStat {
  readonly pid: number;
  /** Bytes of the name as Latin-1 text: one character a byte, at most 64 (a thread of the kernel's has long names). */
  readonly comm: string;
  readonly state: string;
  readonly parentPid: number;
  readonly session: number;
  /** Number of its terminal: minor and major in the bits of dev_t; 0 for none. */
  readonly ttyNumber: number;
  /** Ticks of processor time that it has used, in its own code and in the kernel. */
  readonly cpuTicks: number;
  readonly threads: number;
  readonly virtualBytes: number;
  readonly residentPages: number;
  /** Field 22: clock ticks (100 a second) from boot to the start of the process. */
  readonly startTicks: number;
  /** PF_KTHREAD in field 9. */
  readonly kernelThread: boolean;
  /** PF_EXITING in field 9, or a zombie: it has let go of its memory, files and namespaces, or is about to. */
  readonly ending: boolean;
}

const PF_EXITING = 0x4;
const PF_KTHREAD = 0x200000;
/** Zombie and dead. */
const ENDED: ReadonlySet<string> = new Set(['Z', 'X']);

/** Undefined where the text is not a whole stat line. */
export function parseProcStat(bytes: Buffer): ProcStat | undefined {
  const open = bytes.indexOf(0x28);
  const close = bytes.lastIndexOf(0x29);
  if (open < 1 || close < open) return undefined;
  const rest = bytes.toString('latin1', close + 2).split(' ');
  const pid = uint(bytes.toString('latin1', 0, open - 1));
  const [parentPid, flags, startTicks] = [uint(rest[1]), uint(rest[6]), uint(rest[19])];
  if (pid === undefined || parentPid === undefined || flags === undefined || startTicks === undefined) return undefined;
  return {
    pid,
    comm: bytes.toString('latin1', open + 1, close),
    state: rest[0] ?? '',
    parentPid,
    session: orZero(rest[3]),
    ttyNumber: orZero(rest[4]),
    cpuTicks: orZero(rest[11]) + orZero(rest[12]),
    threads: orZero(rest[17]),
    virtualBytes: orZero(rest[20]),
    residentPages: orZero(rest[21]),
    startTicks,
    ending: Math.floor(flags / PF_EXITING) % 2 === 1 || ENDED.has(rest[0] ?? ''),
    kernelThread: Math.floor(flags / PF_KTHREAD) % 2 === 1,
  };
}

function orZero(text: string | undefined): number {
  return uint(text) ?? 0;
}

function uint(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
