/**
 * Pages of the kernel's trace ring buffer, as read from per_cpu/cpuN/trace_pipe_raw on a 64-bit little-endian machine:
 * u64 time stamp, u64 commit (length in the low 20 bits; bit 31: events were lost before this page, bit 30: their number
 * is stored after the data), then events. Source: kernel include/linux/ring_buffer.h, kernel/trace/ring_buffer.c.
 */

const HEADER_BYTES = 16;
const LENGTH_MASK = 0xfffff;
const MISSED = 2 ** 31;
const MISSED_STORED = 2 ** 30;
const DATA_TYPE_MAX = 28;
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
const DELTA_BITS = 2 ** 27;
// An absolute stamp has 59 bits; the five above it stay as they were.
const STAMP_BITS = 2 ** 59;

/** Gets each record: it lies at `offset` in the page, `length` bytes long; the time is nanoseconds of the trace clock. */
export type VisitRecord = (page: Buffer, offset: number, length: number, timeNs: number) => void;

/** What a page held. `missed`: records lost before it, −1 when the kernel did not say how many. */
export interface PageRead {
  readonly records: number;
  readonly missed: number;
  /** False when the page ends in the middle of an event or its length cannot be right. */
  readonly whole: boolean;
}

interface Step {
  readonly next: number;
  readonly timeNs: number;
  /** Where the record's data begin and how long they are; 0 when this is no record. */
  readonly at: number;
  readonly length: number;
}

/** Visits all records of one page. Never throws, whatever the bytes are. */
export function readTracePage(page: Buffer, visit: VisitRecord): PageRead {
  if (page.length < HEADER_BYTES) return { records: 0, missed: 0, whole: false };
  const commit = page.readUInt32LE(8);
  const end = HEADER_BYTES + (commit & LENGTH_MASK);
  const missed = missedBefore(page, commit, end);
  let timeNs = readU64(page, 0);
  let at = HEADER_BYTES;
  let records = 0;
  const last = Math.min(end, page.length);
  while (at + 4 <= last) {
    const step = readEvent(page, at, timeNs);
    if (step === undefined) return { records, missed, whole: true };
    if (step.next > last || step.next <= at) return { records, missed, whole: false };
    timeNs = step.timeNs;
    if (step.length > 0) {
      records += 1;
      visit(page, step.at, step.length, timeNs);
    }
    at = step.next;
  }
  return { records, missed, whole: at === end };
}

/** Undefined at the null event, which says that the rest of the page is empty. */
function readEvent(page: Buffer, at: number, timeNs: number): Step | undefined {
  const header = page.readUInt32LE(at);
  const type = header & 31;
  const delta = header >>> 5;
  if (type >= 1 && type <= DATA_TYPE_MAX) {
    return { next: at + 4 + type * 4, timeNs: timeNs + delta, at: at + 4, length: type * 4 };
  }
  if (type === PADDING && delta === 0) return undefined;
  const word = at + 8 <= page.length ? page.readUInt32LE(at + 4) : 0;
  if (type === TIME_EXTEND) return { next: at + 8, timeNs: timeNs + delta + word * DELTA_BITS, at: 0, length: 0 };
  if (type === TIME_STAMP) {
    const high = timeNs - (timeNs % STAMP_BITS);
    return { next: at + 8, timeNs: high + delta + word * DELTA_BITS, at: 0, length: 0 };
  }
  // Padding is a record that was taken back; else (type 0) a record longer than 112 bytes. `word` counts itself.
  const length = type === PADDING ? 0 : Math.max(0, word - 4);
  return { next: at + 4 + Math.max(4, word), timeNs: timeNs + delta, at: at + 8, length };
}

function missedBefore(page: Buffer, commit: number, end: number): number {
  // `&` works on signed 32-bit numbers: bit 31 would be negative.
  if (commit < MISSED) return 0;
  const stored = Math.floor(commit / MISSED_STORED) % 2 === 1 && end + 8 <= page.length;
  return stored ? readU64(page, end) : -1;
}

/** Above 2^53 (104 days of nanoseconds) the last few nanoseconds are rounded; order within a CPU is kept by position. */
function readU64(page: Buffer, offset: number): number {
  return page.readUInt32LE(offset) + page.readUInt32LE(offset + 4) * 2 ** 32;
}
