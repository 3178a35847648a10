/** When each log was last rotated: reading, keeping and writing the state file of logrotate. */

import { type Calendar, parseState, printState } from '#formats/logrotate-state.ts';
import {
  close,
  fchmod,
  fchown,
  folderOf,
  fstat,
  lstat,
  open,
  readText,
  rename,
  sync,
  syncFolder,
  unlink,
  writeAll,
} from './files.ts';
import type { Messages } from './messages.ts';

/** What is known of one log. */
export interface LogState {
  last: Calendar;
  /** Its file was there in this run. */
  used: boolean;
}

const YEAR_MS = 31_556_926_000;

/** Local calendar time of an instant. */
export function calendarOf(when: Date): Calendar {
  return {
    year: when.getFullYear(),
    month: when.getMonth() + 1,
    day: when.getDate(),
    hour: when.getHours(),
    minute: when.getMinutes(),
    second: when.getSeconds(),
  };
}

/** The instant of a local calendar time, epoch ms. */
export function instantOf(at: Calendar): number {
  return new Date(at.year, at.month - 1, at.day, at.hour, at.minute, at.second).getTime();
}

/** A 31st of February is the 3rd of March, a day 0 the day before the first: as mktime(3) reads them. */
function normal(at: Calendar): Calendar {
  return at.day >= 1 && at.day <= 28 ? at : calendarOf(new Date(instantOf(at)));
}

export class StateStore {
  readonly #logs = new Map<string, LogState>();
  readonly #messages: Messages;
  readonly #first: Calendar;
  readonly #nowMs: number;
  #fresh = 0;

  constructor(messages: Messages, nowMs: number) {
    this.#messages = messages;
    this.#nowMs = nowMs;
    // A log seen for the first time counts as rotated in this hour, so that it waits its whole turn.
    this.#first = { ...calendarOf(new Date(nowMs)), minute: 0, second: 0 };
  }

  /** The entry of a log; made when it is new. */
  of(path: string): LogState {
    let state = this.#logs.get(path);
    if (state === undefined) {
      this.#messages.debug('Creating new state\n');
      state = { last: this.#first, used: false };
      this.#fresh += 1;
      this.#logs.set(path, state);
    }
    return state;
  }

  /** The entry of a log, if there is one. */
  peek(path: string): LogState | undefined {
    return this.#logs.get(path);
  }

  /** A log that the file did not have. */
  get grew(): boolean {
    return this.#fresh > 0;
  }

  /** True when a row has to go because its log was not seen for a year. */
  get shrinks(): boolean {
    const year = new Date(this.#nowMs).getFullYear();
    for (const { last, used } of this.#logs.values()) if (!used && last.year < year && this.#gone(last)) return true;
    return false;
  }

  #gone(last: Calendar): boolean {
    return this.#nowMs - instantOf(last) > YEAR_MS;
  }

  /** Reads the file; false when something in it was wrong (told). A file that is not there is nothing wrong. */
  read(path: string): boolean {
    this.#messages.debug(`Reading state from file: ${path}\n`);
    const fd = open(path, 'readThrough');
    if ('failed' in fd) {
      if (fd.failed.code === 'ENOENT') this.#messages.debug(`state file ${path} does not exist\n`);
      else this.#messages.error(`error opening state file ${path}: ${fd.failed.words}\n`);
      this.#sayTable(0);
      return fd.failed.code === 'ENOENT';
    }
    try {
      const text = fstat(fd.value).isFile() ? readText(fd.value) : { value: '' };
      if ('failed' in text) {
        this.#messages.error(`error reading top line of ${path}\n`);
        return false;
      }
      this.#sayTable(text.value.length);
      const { rows, rejects } = parseState(text.value);
      for (const row of rows) {
        this.#logs.set(row.path, { last: normal(row.last), used: false });
      }
      if (this.#messages.detailed) this.#messages.debug('Creating new state\n'.repeat(this.#logs.size));
      for (const { words } of rejects) this.#messages.error(`${words} ${path}\n`);
      return rejects.length === 0;
    } finally {
      close(fd.value);
    }
  }

  /** Kept because people compare verbose output: upstream tells how great its table is. */
  #sayTable(sizeBytes: number): void {
    const size = Math.max(64, Math.floor(sizeBytes / 80) * 2);
    this.#messages.debug(`Allocating hash table for state file, size ${size} entries\n`);
  }

  /** Replaces the file as a whole; false when it could not (told). "/dev/null" is left alone. */
  write(path: string): boolean {
    if (path === '/dev/null') return true;
    const temporary = `${path}.tmp`;
    if (lstat(temporary) !== undefined) {
      const gone = unlink(temporary);
      if ('failed' in gone) {
        this.#messages.error(`error removing old temporary state file ${temporary}: ${gone.failed.words}\n`);
        return false;
      }
    }
    const fd = open(temporary, 'create', 0o600);
    if ('failed' in fd) {
      this.#messages.error(`error creating temp state file ${temporary}: ${fd.failed.words}\n`);
      return false;
    }
    const failed = this.#fill(fd.value, path);
    close(fd.value);
    if (failed !== undefined) {
      this.#messages.error(`error creating temp state file ${temporary}: ${failed}\n`);
      unlink(temporary);
      return false;
    }
    const moved = rename(temporary, path);
    if ('failed' in moved) {
      unlink(temporary);
      this.#messages.error(`error renaming temp state file ${temporary} to ${path}: ${moved.failed.words}\n`);
      return false;
    }
    syncFolder(folderOf(path));
    return true;
  }

  #fill(fd: number, path: string): string | undefined {
    const before = lstat(path);
    // Not readable by others: whoever can read it can lock it, and so stop rotation (CVE-2022-1348).
    const mode = before === undefined ? 0o640 : before.mode & 0o7777 & ~0o004;
    if (before !== undefined) fchown(fd, before.uid, before.gid);
    const steps = [fchmod(fd, mode), writeAll(fd, Buffer.from(printState(this.#kept()), 'latin1')), sync(fd)];
    for (const step of steps) if ('failed' in step) return step.failed.words;
    return undefined;
  }

  *#kept(): Generator<{ readonly path: string; readonly last: Calendar }> {
    const year = new Date(this.#nowMs).getFullYear();
    for (const [path, { last, used }] of this.#logs) {
      if (!used && last.year < year && this.#gone(last)) {
        this.#messages.debug(
          `Removing ${path} from state file, because it does not exist and has not been rotated for one year\n`,
        );
        continue;
      }
      yield { path, last };
    }
  }
}
