/**
 * What logrotate says, to standard error and to the file of `--log`, in the order in which it would have been said one
 * thing after the other, also when some of it is done at the same time. Texts are Latin-1, one character a byte, and
 * carry their line ends: some lines are said in pieces.
 */

import { fs } from '#lib/lean-fs.ts';

export interface Messages {
  /** False when nobody sees debug messages, so that they need not be made. */
  readonly detailed: boolean;
  /** Shown with --verbose and --debug. */
  debug(text: string): void;
  /** Prefixed "warning: ". */
  warning(text: string): void;
  /** Prefixed "error: ". */
  error(text: string): void;
  /** Words of another program, as they are. */
  plain(text: string): void;
}

interface Segment {
  screen: string;
  file: string;
  open: boolean;
}

/** Holds messages until what precedes them is complete. */
export class OrderedMessages implements Messages {
  readonly #verbose: boolean;
  readonly #segments: Segment[] = [];
  #own: Segment;
  #wrote = false;
  readonly errors: string[] = [];
  logFd: number | undefined;
  onLine: ((text: string) => void) | undefined;

  get detailed(): boolean {
    return this.#verbose || this.logFd !== undefined || this.onLine !== undefined;
  }

  constructor(verbose: boolean) {
    this.#verbose = verbose;
    this.#own = this.#add();
  }

  debug(text: string): void {
    this.#say(this.#own, text, this.#verbose);
  }

  warning(text: string): void {
    this.#say(this.#own, `warning: ${text}`, true);
  }

  error(text: string): void {
    this.errors.push(text);
    this.#say(this.#own, `error: ${text}`, true);
  }

  plain(text: string): void {
    this.#say(this.#own, text, true);
  }

  /** A voice for work that goes on beside: what it says stands here, before all that is said later. */
  aside(): Messages & Disposable {
    this.#own.open = false;
    const segment = this.#add();
    this.#own = this.#add();
    return {
      detailed: this.detailed,
      debug: (text) => this.#say(segment, text, this.#verbose),
      warning: (text) => this.#say(segment, `warning: ${text}`, true),
      error: (text) => {
        this.errors.push(text);
        this.#say(segment, `error: ${text}`, true);
      },
      plain: (text) => this.#say(segment, text, true),
      [Symbol.dispose]: () => {
        segment.open = false;
        this.flush();
      },
    };
  }

  /** Writes what may be written now. Needed before another program writes to the same place, and at the end. */
  flush(): void {
    for (;;) {
      const first = this.#segments[0];
      if (first === undefined) return;
      if (first.screen !== '' || first.file !== '') this.#wrote = true;
      if (first.screen !== '') writeAll(2, first.screen);
      if (first.file !== '') this.#toFile(first.file);
      first.screen = '';
      first.file = '';
      if (first.open) return;
      this.#segments.shift();
    }
  }

  /** Forgets what was said and not written yet; false when some of it was written. */
  takeBack(): boolean {
    this.errors.length = 0;
    for (const segment of this.#segments) {
      segment.screen = '';
      segment.file = '';
    }
    return !this.#wrote;
  }

  #toFile(text: string): void {
    if (this.logFd !== undefined) writeAll(this.logFd, text);
    this.onLine?.(text);
  }

  #add(): Segment {
    const segment: Segment = { screen: '', file: '', open: true };
    this.#segments.push(segment);
    return segment;
  }

  #say(segment: Segment, text: string, shown: boolean): void {
    if (shown) segment.screen += text;
    if (this.logFd !== undefined || this.onLine !== undefined) segment.file += text;
    if (segment.screen.length > 16_384) this.flush();
  }
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      // Standard error may be a full pipe without blocking, or gone: rotation goes on either way.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}
