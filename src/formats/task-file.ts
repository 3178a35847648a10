/** The records that our eBPF iterator over open files writes: see host/task-files.ts. */

/** Bytes of a record: pid u32@0, descriptor u32@4, inode u64@8. */
export const TASK_FILE_BYTES = 16;

/**
 * Calls `onSocket` for every whole record; returns the bytes of a last one that is cut off. Inodes of sockets are counted
 * with 32 bits (get_next_ino() of fs/inode.c).
 */
export function eachTaskFile(
  bytes: Buffer,
  onSocket: (inode: number, pid: number, descriptor: number) => void,
): number {
  let at = 0;
  for (; at + TASK_FILE_BYTES <= bytes.length; at += TASK_FILE_BYTES)
    onSocket(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
  return bytes.length - at;
}
