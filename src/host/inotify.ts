/** inotify(7), where fanotify is refused: folder by folder, and without the process that acted. */

import { FILE_BIT } from '#formats/fanotify-record.ts';
import { parseInotify } from '#formats/inotify-record.ts';
import { lastError, libc } from './ffi.ts';
import { openInotify, unwatchFolder, watchFolder } from './file-marks.ts';
import type { Marker } from './folder-marks.ts';
import { watchReadable } from './poller.ts';

export interface InotifyParts {
  /** `key` is what `mark` gave for the folder. */
  onEvent(key: string, event: { readonly mask: number; readonly name: string }): void;
  /** The kernel dropped events: its queue is bounded (fs.inotify.max_queued_events). */
  onOverflow(): void;
  onRead(): void;
}

const BUFFER_BYTES = 64 << 10;
const READS = 8;

export class Inotify implements Marker, Disposable {
  /** The kernel's own bound for a user (fs.inotify.max_user_watches) is often this. */
  readonly most = 8192;
  readonly #fd: number;
  readonly #parts: InotifyParts;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  readonly #watched: Disposable;

  private constructor(fd: number, parts: InotifyParts) {
    this.#fd = fd;
    this.#parts = parts;
    this.#watched = watchReadable(fd, () => {
      this.#read();
    });
  }

  /** Gives the errno name where there is none to be had (EMFILE: fs.inotify.max_user_instances). */
  static open(parts: InotifyParts): Inotify | string {
    const fd = openInotify();
    return fd < 0 ? lastError() : new Inotify(fd, parts);
  }

  mark(folder: string): { readonly key: string } | { readonly error: string } {
    const watch = watchFolder(this.#fd, folder);
    return watch < 0 ? { error: lastError() } : { key: String(watch) };
  }

  /** Numbers of watches never change. */
  keyOf(): undefined {
    return undefined;
  }

  unmark(key: string): void {
    unwatchFolder(this.#fd, Number(key));
  }

  [Symbol.dispose](): void {
    this.#watched[Symbol.dispose]();
    libc.close(this.#fd);
  }

  #read(): void {
    for (let round = 0; round < READS; round += 1) {
      const length = libc.read(this.#fd, this.#buffer, BUFFER_BYTES);
      if (length <= 0) break;
      const { records, damaged } = parseInotify(this.#buffer.subarray(0, length));
      if (damaged) this.#parts.onOverflow();
      for (const { watch, mask, name } of records) {
        if ((mask & FILE_BIT.overflow) !== 0) this.#parts.onOverflow();
        else if ((mask & FILE_BIT.ignored) === 0) this.#parts.onEvent(String(watch), { mask, name });
      }
    }
    this.#parts.onRead();
  }
}
