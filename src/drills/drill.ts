/** The contract of drills: one harmless act a file, which a rule must tell of, and which undoes itself. */

import type { Alert } from '#model/finding.ts';
import type { Host } from '#model/host.ts';

/** What a drill did. Disposing of it undoes it, also when the rehearsal failed. */
export interface Act extends AsyncDisposable {
  /** When it happened; epoch milliseconds. */
  readonly atMs: number;
  /** In words, as "opened TCP port 41233 on 127.0.0.1". */
  readonly words: string;
  /** Is this alert about it? */
  isToldBy(alert: Alert): boolean;
}

/** Something suspicious, done for real by our own hand. */
export interface Drill {
  readonly name: string;
  readonly doc: string;
  /** Rules of which one must tell of it. */
  readonly rules: readonly string[];
  /**
   * True where it can be played on this host, else in words why not ("there is no /var/www"): it is skipped then, and
   * that is no failure. Left out: everywhere.
   */
  applies?(host: Pick<Host, 'files' | 'packets'>): true | string;
  /** Does it. Processes that it starts are put into `host.own` before they can act, and out again when they end. */
  act(host: Pick<Host, 'own'>, signal: AbortSignal): Promise<Act>;
}

/** Declares a drill. */
export function defineDrill(drill: Drill): Drill {
  return drill;
}
