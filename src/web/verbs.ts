/** The verbs that the page may ask, and the shape of their arguments: checked by the daemon, for it trusts nobody outside. */

import * as v from 'valibot';
import type { Verb } from '#model/verbs.ts';

const reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(500));
const ids = v.pipe(v.array(v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/))), v.minLength(1), v.maxLength(500));
const timeMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8_640_000_000_000));
/** Only its length: the desk reads addresses strictly, and says in words what is wrong with one. */
const target = v.pipe(v.string(), v.maxLength(100));
const password = v.pipe(v.string(), v.maxLength(1024));
const nothing = v.strictObject({});

/** By verb, the schema of its arguments. A verb that is not here cannot be asked by the page. */
export const webVerbs = {
  status: nothing,
  changes: v.strictObject({
    all: v.optional(v.boolean()),
    sinceMs: v.optional(timeMs),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500))),
  }),
  show: v.strictObject({ id: v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/)) }),
  ack: v.strictObject({ ids, reason }),
  accept: v.strictObject({
    ids,
    reason,
    scope: v.picklist(['exact', 'program', 'package']),
    untilMs: timeMs,
    dryRun: v.boolean(),
  }),
  mute: v.strictObject({ ids, reason, untilMs: timeMs, dryRun: v.boolean() }),
  unmute: v.strictObject({ ids, reason }),
  quiets: v.strictObject({ all: v.optional(v.boolean()) }),
  rows: v.strictObject({
    table: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,40}$/)),
    connections: v.optional(v.boolean()),
    filter: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)), 1000),
  }),
  tables: nothing,
  coverage: v.strictObject({ sinceMs: v.optional(timeMs) }),
  activity: nothing,
  scans: v.strictObject({
    sinceMs: timeMs,
    toldSinceMs: v.optional(timeMs),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)),
  }),
  blocks: v.strictObject({ all: v.optional(v.boolean()) }),
  'blocks.never': nothing,
  block: v.strictObject({ target, untilMs: timeMs, reason, insist: v.literal(false) }),
  unblock: v.strictObject({ target, reason }),
  allow: v.strictObject({ target, untilMs: timeMs, reason, end: v.boolean() }),
  'block.try': v.strictObject({ sinceMs: timeMs }),
  'web.redeem': v.strictObject({ token: v.pipe(v.string(), v.maxLength(200)) }),
  'web.password.check': v.strictObject({ password }),
  'web.password.set': v.strictObject({
    password: v.pipe(
      password,
      v.check((text) => Array.from(text).length >= 12, 'a password has at least 12 characters; a sentence is good'),
    ),
  }),
} as const satisfies Partial<Record<Verb, v.GenericSchema>>;

/** What the page may ask. */
export type WebVerb = keyof typeof webVerbs;

/** Verbs for which nobody needs to be logged in yet: they are how one logs in. */
export const openVerbs: ReadonlySet<string> = new Set<WebVerb>(['web.redeem', 'web.password.check']);

/** Is it on the list? */
export function isWebVerb(verb: string): verb is WebVerb {
  return Object.hasOwn(webVerbs, verb);
}
