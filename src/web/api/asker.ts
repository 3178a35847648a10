/** Asks the daemon over the pipe, from the web process. */

import { type Verb, VerbError, type Verbs } from '#model/verbs.ts';
import type { Credentials, FromChild, LoggedIn, ToChild } from '../messages.ts';
import type { RowsPage } from '../rows.ts';
import type { ScanPage } from '../scan-page.ts';
import type { WebVerb } from '../verbs.ts';

/** What ack, accept, mute and unmute did, without the alerts: of a long incident they may be ten thousand. */
export type QuietCount = Omit<Verbs['ack']['result'], 'alerts'> & { readonly count: number };

type RowsResult = Omit<Verbs['rows']['result'], 'rows'> & RowsPage;

/** What the page's verbs answer: as the desk does, but for rows and scans (cut), what is quieted (counted) and logging in (with credentials). */
export type WebResult<V extends string> = V extends 'rows'
  ? RowsResult
  : V extends 'scans'
    ? ScanPage
    : V extends 'ack' | 'accept' | 'mute' | 'unmute'
      ? QuietCount
      : V extends 'web.redeem' | 'web.password.check'
        ? LoggedIn
        : V extends Verb
          ? Verbs[V]['result']
          : { readonly ok: boolean };

/** Asks one verb; rejects with a VerbError when it is refused or the daemon does not answer in time. */
export type Ask = <V extends WebVerb | 'session.look' | 'session.end' | 'follow'>(
  who: Credentials,
  verb: V,
  args: unknown,
) => Promise<WebResult<V>>;

/** Nobody. */
export const nobody: Credentials = { session: '', key: '' };

const TIMEOUT_MS = 20_000;
const WAITING_MAX = 64;

/** Makes the asking end; `take` gets what the daemon sends. */
export function makeAsker(send: (ask: Extract<FromChild, { type: 'ask' }>) => boolean): {
  readonly ask: Ask;
  take(message: ToChild): void;
} {
  const waiting = new Map<number, { settle(message: ToChild): void }>();
  let lastId = 0;
  const ask = async (who: Credentials, verb: string, args: unknown): Promise<unknown> => {
    if (waiting.size >= WAITING_MAX) throw new VerbError('BUSY', 'Too many questions at once. Try again in a moment.');
    lastId += 1;
    const id = lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => {
      waiting.delete(id);
      reject(new VerbError('NO-ANSWER', `The watch did not answer in ${TIMEOUT_MS / 1000} s. Next: telltale doctor`));
    }, TIMEOUT_MS);
    waiting.set(id, {
      settle: (message) => {
        waiting.delete(id);
        clearTimeout(timer);
        if (message.type === 'answer') resolve(message.result);
        else if (message.type === 'refusal') reject(new VerbError(message.code, message.message));
      },
    });
    if (!send({ type: 'ask', id, who, verb, args })) {
      waiting
        .get(id)
        ?.settle({ type: 'refusal', id, code: 'BUSY', message: 'The watch is busy. Try again in a moment.' });
    }
    return await promise;
  };
  return {
    ask: ask as Ask,
    take: (message) => {
      if (message.type !== 'pushed') waiting.get(message.id)?.settle(message);
    },
  };
}
