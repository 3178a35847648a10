/** What the daemon and the web process say to each other over the inherited pipe: one JSON object a line. */

import type { Pushed } from '#model/verbs.ts';

/** Proof that somebody is logged in: `session` comes from the cookie, `key` from the page; both must fit. */
export interface Credentials {
  readonly session: string;
  readonly key: string;
}

/** From the web process. `ask` with a `verb` of `webVerbs`, or `session.look`, `session.end`, `follow`, `unfollow`. */
export type FromChild =
  | { readonly type: 'ready'; readonly address: string; readonly user: string; readonly dropped: boolean }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly who: Credentials;
      readonly verb: string;
      readonly args: unknown;
    };

/** To the web process. `lost` counts pushes that were dropped since the last one because the pipe was full. */
export type ToChild =
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: 'pushed'; readonly pushed: Pushed; readonly lost: number };

/** The answer to `web.redeem` and `web.password.check` as the web process gets it: the credentials when `ok`. */
export interface LoggedIn {
  readonly ok: boolean;
  readonly passwordSet: boolean;
  readonly waitMs: number;
  readonly who?: Credentials;
}
