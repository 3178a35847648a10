/**
 * The daemon's end of the pipe. The web process is not trusted: it may ask only the verbs of `webVerbs`, with arguments
 * of their shape, and (but for logging in) only with the credentials of a live session.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { type Asker, type Desk, type Pushed, VerbError } from '#model/verbs.ts';
import type { FromChild, LoggedIn, ToChild } from './messages.ts';
import { pageOfRows, parseRowFilter } from './rows.ts';
import { pageOfScans } from './scan-page.ts';
import type { Session, Sessions } from './sessions.ts';
import { isWebVerb, openVerbs, type WebVerb, webVerbs } from './verbs.ts';

/** More questions than this waiting at once are refused. */
export const WAITING_MAX = 32;

/** For so long, and so often, an answer is tried that finds the pipe full: as long as the page waits for it. */
const ANSWER_TRIES = 180;
const ANSWER_PAUSE_MS = 100;

/** What the gate needs. */
export interface GateParts {
  readonly sessions: Sessions;
  deskFor(asker: Asker): Desk;
  follow(onPushed: (pushed: Pushed) => void): () => void;
  /** False: the pipe is full; the message was not sent. */
  send(message: ToChild): boolean;
}

/** Answers one web process. `close` stops following. */
export interface Gate {
  /** Never throws; the answer or refusal goes out by `send`. */
  take(ask: Extract<FromChild, { type: 'ask' }>): Promise<void>;
  close(): void;
}

/** Whom the record names for what is done on the page: no Unix user stands behind it, so the uid is -1. */
const webAsker: Asker = { name: 'web', uid: -1, via: 'web' };

/** Opens the gate for one web process. */
export function openGate(parts: GateParts): Gate {
  const desk = parts.deskFor(webAsker);
  const following = new Set<string>();
  let stop: (() => void) | undefined;
  let waiting = 0;
  let lost = 0;

  const push = (pushed: Pushed): void => {
    for (const id of following) if (!parts.sessions.lives(id)) following.delete(id);
    if (following.size === 0) return unfollow();
    lost = parts.send({ type: 'pushed', pushed, lost }) ? 0 : lost + 1;
  };
  const unfollow = (): void => {
    stop?.();
    stop = undefined;
  };

  const withSession = async (session: Session, verb: string, args: unknown): Promise<unknown> => {
    if (verb === 'session.look') return { ok: true };
    if (verb === 'session.end') {
      parts.sessions.end(session.id);
      return { ok: true };
    }
    if (verb === 'follow') {
      following.add(session.id);
      stop ??= parts.follow(push);
      return { following: true };
    }
    if (!isWebVerb(verb)) throw new VerbError('NOT-ALLOWED', `The page may not ask "${verb}". Use the terminal.`);
    return await askDesk({ desk, sessions: parts.sessions }, verb, args, session);
  };

  const answer = async (ask: Extract<FromChild, { type: 'ask' }>): Promise<unknown> => {
    if (openVerbs.has(ask.verb)) return await logIn({ desk, sessions: parts.sessions }, ask.verb, ask.args);
    const session = parts.sessions.find(ask.who);
    if (session === undefined) throw new VerbError('LOGGED-OUT', 'You are not logged in. Type: telltale web');
    return await withSession(session, ask.verb, ask.args);
  };

  return {
    async take(ask) {
      if (waiting >= WAITING_MAX) {
        parts.send({ type: 'refusal', id: ask.id, code: 'BUSY', message: 'Too many questions at once. Try again.' });
        return;
      }
      waiting += 1;
      try {
        await surely(parts, { type: 'answer', id: ask.id, result: await answer(ask) });
      } catch (error) {
        await surely(parts, { type: 'refusal', id: ask.id, ...refusal(error) });
      } finally {
        waiting -= 1;
      }
    },
    close: unfollow,
  };
}

/** An answer waits behind what is pushed: ten thousand alerts that are seen at once fill the pipe for a moment. */
async function surely(parts: GateParts, message: ToChild): Promise<void> {
  for (let tries = 0; !parts.send(message) && tries < ANSWER_TRIES; tries += 1) await sleep(ANSWER_PAUSE_MS);
}

interface Behind {
  readonly desk: Desk;
  readonly sessions: Sessions;
}

async function askDesk(behind: Behind, verb: WebVerb, args: unknown, session: Session): Promise<unknown> {
  if (verb === 'rows') {
    const { filter, limit, table, connections } = check('rows', args);
    const { rows, ...rest } = await behind.desk.ask('rows', { table, connections: connections === true });
    return { ...rest, ...pageOfRows(rows, parseRowFilter(filter), limit) };
  }
  if (verb === 'scans') {
    const want = check('scans', args);
    const told = want.toldSinceMs ?? want.sinceMs;
    return pageOfScans(await behind.desk.ask('scans', { all: true, sinceMs: told }), want);
  }
  if (verb === 'web.password.set') {
    const { password } = check(verb, args);
    if (!behind.sessions.maySetPassword(session)) {
      const how = 'A password can be set within 15 minutes of logging in with a one-time link. Type: telltale web';
      throw new VerbError('LINK-NEEDED', how);
    }
    const result = await behind.desk.ask(verb, { password });
    if (result.ok) behind.sessions.endOthers(session.id);
    return result;
  }
  if (verb === 'ack' || verb === 'accept' || verb === 'mute' || verb === 'unmute') {
    const { alerts, ...result } = await behind.desk.ask(verb, check(verb, args));
    return { ...result, count: alerts.length };
  }
  return await behind.desk.ask(verb, check(verb, args) as never);
}

async function logIn(behind: Behind, verb: string, args: unknown): Promise<LoggedIn> {
  if (verb === 'web.redeem') {
    const { ok, passwordSet } = await behind.desk.ask('web.redeem', check('web.redeem', args));
    return { ok, passwordSet, waitMs: 0, ...(ok ? { who: behind.sessions.start(true) } : {}) };
  }
  const { ok, waitMs } = await behind.desk.ask('web.password.check', check('web.password.check', args));
  return { ok, passwordSet: true, waitMs, ...(ok ? { who: behind.sessions.start(false) } : {}) };
}

function check<V extends WebVerb>(verb: V, args: unknown): v.InferOutput<(typeof webVerbs)[V]> {
  const checked = v.safeParse(webVerbs[verb], args);
  if (checked.success) return checked.output;
  const issue = checked.issues[0];
  const where = v.getDotPath(issue) ?? 'arguments';
  throw new VerbError('BAD-ARGUMENTS', `Cannot ask "${verb}": ${where}: ${issue.message}`);
}

/** Only a VerbError speaks to the outside; of anything else the page learns no more than that it happened. */
function refusal(error: unknown): { code: string; message: string } {
  if (error instanceof VerbError) return { code: error.code, message: error.message };
  return { code: 'FAILED', message: 'The watch could not answer. Its log says why: journalctl -u telltale' };
}
