/** The few lines of /proc/PID/status that we need: proc_pid_status(5). */

export interface ProcStatus {
  /** Process id of a thread. */
  readonly processId: number;
  readonly parentPid: number;
  readonly realUid: number;
  /** The user whose rights it has now. */
  readonly effectiveUid: number;
}

/** Undefined where one of the lines is missing. The name comes first and is escaped by the kernel, so no line is forged. */
export function parseProcStatus(bytes: Buffer): ProcStatus | undefined {
  const text = bytes.toString('latin1');
  const ids = /^Tgid:\t(\d{1,10})$/m.exec(text);
  const parent = /^PPid:\t(\d{1,10})$/m.exec(text);
  const uids = /^Uid:\t(\d{1,10})\t(\d{1,10})\t/m.exec(text);
  if (!ids || !parent || !uids) return undefined;
  return {
    processId: Number(ids[1]),
    parentPid: Number(parent[1]),
    realUid: Number(uids[1]),
    effectiveUid: Number(uids[2]),
  };
}
