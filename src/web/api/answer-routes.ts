/** The routes of "Scans and blocks": who scans, who is blocked, who never is, and blocking by hand. */

import type { Context, Hono } from 'hono';
import * as v from 'valibot';
import { VerbError } from '#model/verbs.ts';
import type { Ask } from './asker.ts';
import { allowDone, blockDone, blocksView, neverView, tryView, unblockDone } from './blocks.ts';
import { credentialsOf } from './guard.ts';
import { jsonBody } from './json-body.ts';
import { readScans } from './read-scans.ts';

/** What these routes need. */
export interface AnswerParts {
  readonly ask: Ask;
  readonly cookieName: string;
}

const HOUR_MS = 3_600_000;
/** The widest look back: a dry run reads every alert since then. */
const HOURS_MAX = 30 * 24;

/** Times go as durations: the clock of the browser may be wrong. 0: as the settings say, or for good. */
const forMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(366 * 24 * HOUR_MS));
const target = v.string();
const reason = v.string();
const bodies = {
  block: v.strictObject({ target, reason, forMs }),
  unblock: v.strictObject({ target, reason }),
  allow: v.strictObject({ target, reason, forMs, end: v.boolean() }),
} as const;

/** Adds them. */
export function addAnswers(app: Hono, parts: AnswerParts): void {
  const zone = Temporal.Now.timeZoneId();
  const when = (): { nowMs: number; zone: string } => ({ nowMs: Date.now(), zone });
  const me = (context: Context) => credentialsOf(context, parts.cookieName);

  app.get('/api/scans', async (context) => {
    const hours = hoursOf(context, 24);
    return context.json(await readScans(parts.ask, me(context), { ...when(), hours }));
  });
  app.get('/api/blocks', async (context) =>
    context.json(blocksView(await parts.ask(me(context), 'blocks', { all: true }), when())),
  );
  app.get('/api/blocks/never', async (context) =>
    context.json(neverView(await parts.ask(me(context), 'blocks.never', {}), when())),
  );
  app.get('/api/blocks/try', async (context) => {
    const sinceMs = Date.now() - hoursOf(context, 24) * HOUR_MS;
    return context.json(tryView(await parts.ask(me(context), 'block.try', { sinceMs }), sinceMs, when()));
  });

  app.post('/api/block', async (context) => {
    const body = await bodyOf(context, 'block');
    const args = { target: body.target, reason: body.reason, untilMs: untilOf(body.forMs), insist: false };
    return context.json(blockDone(await parts.ask(me(context), 'block', args), when()));
  });
  app.post('/api/unblock', async (context) =>
    context.json(unblockDone(await parts.ask(me(context), 'unblock', await bodyOf(context, 'unblock')), when())),
  );
  app.post('/api/allow', async (context) => {
    const { forMs: lasts, ...body } = await bodyOf(context, 'allow');
    const done = await parts.ask(me(context), 'allow', { ...body, untilMs: untilOf(lasts) });
    return context.json(allowDone(done, body.end, when()));
  });
}

function untilOf(lastsMs: number): number {
  return lastsMs === 0 ? 0 : Date.now() + lastsMs;
}

/** How far back is looked: `?hours=`, whole hours. */
function hoursOf(context: Context, otherwise: number): number {
  const hours = Number(/^\d{1,4}$/.exec(context.req.query('hours') ?? '')?.[0] ?? otherwise);
  return Math.min(HOURS_MAX, Math.max(1, hours));
}

async function bodyOf<V extends keyof typeof bodies>(
  context: Context,
  verb: V,
): Promise<v.InferOutput<(typeof bodies)[V]>> {
  const checked = v.safeParse(bodies[verb], await jsonBody(context));
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  throw new VerbError('BAD-ARGUMENTS', `Cannot ask "${verb}": ${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}
