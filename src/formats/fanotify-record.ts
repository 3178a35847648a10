/**
 * Records of a fanotify group, made with FAN_REPORT_DFID_NAME or without: fanotify(7), include/uapi/linux/fanotify.h. inotify(7)
 * uses the same bits for the same things.
 */

/** Bits of a mask; the same in fanotify and inotify but for those that only fanotify has. */
export const FILE_BIT = {
  /** Each single write, where `written` is the close after them. */
  modified: 0x2,
  attributes: 0x4,
  written: 0x8,
  movedFrom: 0x40,
  movedTo: 0x80,
  created: 0x100,
  deleted: 0x200,
  /** fanotify only. */
  executed: 0x1000,
  overflow: 0x4000,
  /** inotify only: the watch is gone. */
  ignored: 0x8000,
  directory: 0x4000_0000,
} as const;

const METADATA_BYTES = 24;
const VERSION = 3;
const INFO_DFID_NAME = 2;
/** Type, padding and length; fsid; handle_bytes; handle_type. */
const INFO_BYTES = 20;

/**
 * Walks over the records in a buffer without making objects: a busy machine has thousands a second, of which hardly any
 * is of interest. Total: damaged bytes end the walk, and `damaged` says so.
 */
export class FanotifyReader {
  /** Bits of FILE_BIT. Merged records carry several, and their order is lost. */
  mask = 0;
  pid = 0;
  /** Of the file itself, in a group without FAN_REPORT_DFID_NAME: to be closed by who reads; below 0 for none. */
  fd = -1;
  /** From the file system's id to the end of the folder's handle; equal where nothing was told (overflow). */
  placeStart = 0;
  placeEnd = 0;
  /** Name of the entry, without its NUL; "." for the folder itself. */
  nameStart = 0;
  nameEnd = 0;
  damaged = false;
  readonly #bytes: Buffer;
  #at = 0;
  #end = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Begins anew with the first `length` bytes. */
  start(length: number): void {
    this.#at = 0;
    this.#end = Math.min(length, this.#bytes.length);
    this.damaged = false;
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at >= this.#end) return false;
    const room = this.#end - at;
    const length = room < METADATA_BYTES ? 0 : bytes.readUInt32LE(at);
    if (length < METADATA_BYTES || length > room || bytes[at + 4] !== VERSION) {
      this.damaged = true;
      this.#at = this.#end;
      return false;
    }
    this.#at = at + length;
    this.mask = bytes.readUInt32LE(at + 8);
    this.fd = bytes.readInt32LE(at + 16);
    this.pid = bytes.readInt32LE(at + 20);
    this.placeStart = 0;
    this.placeEnd = 0;
    this.#readInfo(at + bytes.readUInt16LE(at + 6), at + length);
    return true;
  }

  #readInfo(from: number, end: number): void {
    const bytes = this.#bytes;
    for (let at = from; at + 4 <= end; ) {
      const length = bytes.readUInt16LE(at + 2);
      if (length < 4 || at + length > end) return;
      if (bytes[at] === INFO_DFID_NAME && length > INFO_BYTES) {
        const nameStart = at + INFO_BYTES + bytes.readUInt32LE(at + 12);
        if (nameStart >= at + length) return;
        const nul = bytes.indexOf(0, nameStart);
        this.placeStart = at + 4;
        this.placeEnd = nameStart;
        this.nameStart = nameStart;
        this.nameEnd = nul < 0 || nul > at + length ? at + length : nul;
        return;
      }
      at += length;
    }
  }
}
