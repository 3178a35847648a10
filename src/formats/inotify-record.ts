/** Records of inotify(7): struct inotify_event {i32 wd; u32 mask; u32 cookie; u32 len; char name[len]}. */

/** One record. `mask` has the bits of FILE_BIT; `name` is "." for the folder itself. */
export interface InotifyRecord {
  readonly watch: number;
  readonly mask: number;
  readonly name: string;
}

const HEADER_BYTES = 16;

/** Total: damaged bytes end the list, and `damaged` says so. */
export function parseInotify(bytes: Buffer): { readonly records: InotifyRecord[]; readonly damaged: boolean } {
  const records: InotifyRecord[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at + 12);
    if (end > bytes.length) break;
    const text = bytes.subarray(at + HEADER_BYTES, end);
    const nul = text.indexOf(0);
    const name = text.toString('utf8', 0, nul < 0 ? text.length : nul);
    records.push({ watch: bytes.readInt32LE(at), mask: bytes.readUInt32LE(at + 4), name: name === '' ? '.' : name });
    at = end;
  }
  return { records, damaged: at < bytes.length };
}
