/** What /proc/PID/status says of the rights of a process: proc_pid_status(5), capabilities(7). */

export interface ProcRights {
  /** Real, effective, saved and file system user, as the reader's user namespace numbers them. */
  readonly uids: readonly [real: number, effective: number, saved: number, files: number];
  /** May take any user id: CAP_SETUID or CAP_SYS_ADMIN are in its permitted set. */
  readonly maySetUid: boolean;
  /** Effective capabilities as the kernel prints them, 16 hexadecimal digits. */
  readonly effective: string;
  /** The process that traces it, 0 for none. */
  readonly tracerPid: number;
  /** Its numbers in pid namespaces, outermost first; one where it is in ours. */
  readonly namespacePids: readonly number[];
}

const CAP_SETUID = 7n;
const CAP_SYS_ADMIN = 21n;

/** Undefined where one of the lines is missing: `NSpid` may be (kernels before 4.1, and those without pid namespaces). */
export function parseProcRights(bytes: Buffer): ProcRights | undefined {
  const text = bytes.toString('latin1');
  const uids = /^Uid:\t(\d{1,10})\t(\d{1,10})\t(\d{1,10})\t(\d{1,10})$/m.exec(text);
  const tracer = /^TracerPid:\t(\d{1,10})$/m.exec(text);
  const permitted = /^CapPrm:\t([0-9a-f]{16})$/m.exec(text);
  const effective = /^CapEff:\t([0-9a-f]{16})$/m.exec(text);
  if (!uids || !tracer || !permitted || !effective) return undefined;
  const held = BigInt(`0x${permitted[1]}`);
  const namespaced = /^NSpid:((?:\t\d{1,10}){1,32})$/m.exec(text)?.[1] ?? '';
  return {
    uids: [Number(uids[1]), Number(uids[2]), Number(uids[3]), Number(uids[4])],
    maySetUid: ((held >> CAP_SETUID) & 1n) === 1n || ((held >> CAP_SYS_ADMIN) & 1n) === 1n,
    effective: effective[1] ?? '',
    tracerPid: Number(tracer[1]),
    namespacePids: namespaced.split('\t').slice(1).map(Number),
  };
}
