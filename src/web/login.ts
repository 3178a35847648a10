/**
 * How people prove who they are: links that log in once, and one password. Runs in the daemon; argon2id (RFC 9106) from
 * node:crypto, off the main thread.
 */

import { argon2, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '#model/host.ts';
import { type Desk, type Verb, VerbError, type Verbs } from '#model/verbs.ts';

/** Where the hash of the password is kept (a secret: never shown, never logged); "" when there is none. */
export interface PasswordKeeper {
  read(): string;
  write(hash: string): void;
}

/** What the login needs; `address` is where the page is, "" while there is none. */
export interface LoginParts {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  readonly keeper: PasswordKeeper;
  address(): string;
}

/** The four verbs about logging in. */
export type LoginVerb = 'web.link' | 'web.redeem' | 'web.password.check' | 'web.password.set';

/** Answers the verbs about logging in. */
export interface Login {
  answer<V extends LoginVerb>(verb: V, args: Verbs[V]['args']): Promise<Verbs[V]['result']>;
}

/** A link works this long. */
export const LINK_MS = 10 * 60_000;
/** At most so many unused links at once: the oldest gives way. */
export const LINKS_MAX = 8;
/** Fewest characters of a password (NIST SP 800-63B-4 asks for 15 where it is the only factor of a service on the net). */
export const PASSWORD_MIN = 12;

const FREE_TRIES = 5;
const WAIT_MAX_MS = 5 * 60_000;
const PREFIX = 'telltale-link:';

/** Opens the login. Wrong passwords cost time (5 free, then 1 s doubling to 5 min), for everybody: a link always works. */
export function openLogin(parts: LoginParts): Login {
  const links = new Map<string, number>();
  let wrong = 0;
  let nextTryMs = 0;
  let busy: Promise<unknown> = Promise.resolve();

  const link = (): Verbs['web.link']['result'] => {
    const address = parts.address();
    if (address === '') throw new VerbError('NO-PAGE', 'The page is not running. Next: telltale doctor');
    const token = randomBytes(24).toString('base64url');
    const nowMs = parts.clock.monotonicMs();
    for (const [key, untilMs] of links) if (untilMs <= nowMs || links.size >= LINKS_MAX) links.delete(key);
    links.set(linkKey(token), nowMs + LINK_MS);
    return { url: `${address}/#k=${token}`, untilMs: parts.clock.nowMs() + LINK_MS };
  };

  const redeem = ({ token }: Verbs['web.redeem']['args']): Verbs['web.redeem']['result'] => {
    const key = linkKey(token);
    const untilMs = links.get(key);
    links.delete(key);
    const ok = untilMs !== undefined && parts.clock.monotonicMs() < untilMs;
    return { ok, passwordSet: parts.keeper.read() !== '' };
  };

  const check = async ({
    password,
  }: Verbs['web.password.check']['args']): Promise<Verbs['web.password.check']['result']> => {
    const waitMs = Math.ceil(nextTryMs - parts.clock.monotonicMs());
    if (waitMs > 0) return { ok: false, waitMs };
    const kept = parts.keeper.read();
    const ok = kept !== '' && (await verifyPassword(password, kept));
    wrong = ok ? 0 : wrong + 1;
    const delayMs = wrong < FREE_TRIES ? 0 : Math.min(1000 * 2 ** (wrong - FREE_TRIES), WAIT_MAX_MS);
    nextTryMs = parts.clock.monotonicMs() + delayMs;
    return { ok, waitMs: ok ? 0 : delayMs };
  };

  const set = async ({ password }: Verbs['web.password.set']['args']): Promise<Verbs['web.password.set']['result']> => {
    if (Array.from(password).length < PASSWORD_MIN) {
      throw new VerbError(
        'SHORT-PASSWORD',
        `Choose a password of at least ${PASSWORD_MIN} characters; a sentence is good.`,
      );
    }
    parts.keeper.write(await hashPassword(password));
    return { ok: true };
  };

  /** One at a time: guesses in parallel would get around the waiting time, and each hash takes 64 MiB. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const mine = busy.then(work, work);
    busy = mine.catch(() => undefined);
    return await mine;
  };

  const answers: { readonly [V in LoginVerb]: (args: Verbs[V]['args']) => unknown } = {
    'web.link': link,
    'web.redeem': redeem,
    'web.password.check': (args) => inTurn(() => check(args)),
    'web.password.set': (args) => inTurn(() => set(args)),
  };
  return {
    answer: async <V extends LoginVerb>(verb: V, args: Verbs[V]['args']) =>
      (await answers[verb](args)) as Verbs[V]['result'],
  };
}

/** A desk that answers the verbs about logging in with `login`, and everything else with `desk`. */
export function withLogin(desk: Desk, login: Login): Desk {
  return {
    ask: async <V extends Verb>(verb: V, args: Verbs[V]['args']) =>
      isLoginVerb(verb) ? await login.answer(verb, args as never) : await desk.ask(verb, args),
  } as Desk;
}

function isLoginVerb(verb: Verb): verb is LoginVerb {
  return ['web.link', 'web.redeem', 'web.password.check', 'web.password.set'].includes(verb);
}

/** Kept as a hash: who reads the daemon's memory dump must not log in with it. */
function linkKey(token: string): string {
  return createHash('sha256')
    .update(PREFIX + token)
    .digest('hex');
}

// RFC 9106 §4, second recommended option: 64 MiB, three passes, four lanes.
const COST = { parallelism: 4, tagLength: 32, memory: 65_536, passes: 3 } as const;
const argon2id = promisify(argon2) as (algorithm: 'argon2id', parameters: object) => Promise<Buffer>;

/** "$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH" (the PHC string format). */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const hash = await argon2id('argon2id', { message: Buffer.from(password.normalize('NFC')), nonce, ...COST });
  const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`;
  return `$argon2id$v=19$${cost}$${bare(nonce)}$${bare(hash)}`;
}

/** Whether `password` has this hash; throws when the hash is not one of ours (a damaged store is not a wrong password). */
export async function verifyPassword(password: string, kept: string): Promise<boolean> {
  const form =
    /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
  const [, memory, passes, lanes, salt, hash] = form.exec(kept) ?? [];
  if (salt === undefined || hash === undefined) {
    throw new Error('Cannot check the password: the stored hash is damaged. Next: telltale verify');
  }
  const wanted = Buffer.from(hash, 'base64');
  const found = await argon2id('argon2id', {
    message: Buffer.from(password.normalize('NFC')),
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(lanes),
    tagLength: wanted.length,
  });
  return timingSafeEqual(wanted, found);
}

function bare(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
