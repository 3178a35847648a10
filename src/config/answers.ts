/** The settings of the answers: the common keys here, the rest of each responder with its own schema. */

import * as v from 'valibot';
import { didYouMean } from '#lib/closest.ts';
import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import type { AnswerSettings, Responder } from '#model/responder.ts';
import { entriesOf, isRecord, unknownKeyWords } from './entries.ts';
import { absolutePath, choice, duration, line, section, wholeNumber, yesNo } from './fields.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const prefix = v.pipe(
  line('an address'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const read = parsePrefix(dataset.value);
    if (!isPrefix(read)) addIssue({ message: `"${dataset.value}" ${read.wrong}` });
  }),
);

/** Key `answers` of the settings file. */
export const answersSchema = section({
  mode: v.pipe(
    v.optional(choice(['off', 'try', 'on']), 'off'),
    v.description('Whether scans are answered: off, try (only written down whom it would have hit), or on.'),
  ),
  for: v.pipe(
    v.optional(duration(10_000, 366 * DAY_MS, '1 h'), '1 h'),
    v.description('How long the first block of an address lasts.'),
  ),
  grow: v.pipe(
    v.optional(wholeNumber(1, 100), 2),
    v.description('Each further block of the same address lasts this many times as long as the one before.'),
  ),
  longest: v.pipe(
    v.optional(duration(MINUTE_MS, 366 * DAY_MS, '7 days'), '7 d'),
    v.description('No block lasts longer, however often it is repeated.'),
  ),
  cap: v.pipe(
    v.optional(wholeNumber(1, 50_000), 1000),
    v.description('Blocks that may stand at once; what is more is told, not blocked.'),
  ),
  unconfirmed: v.pipe(
    v.optional(choice(['rate-limit', 'never', 'block']), 'rate-limit'),
    v.description('What to do about sources that may be forged, as nobody has completed a connection from there.'),
  ),
  rules: v.pipe(
    v.optional(v.array(line('the name of a rule'), 'expected a list of rules'), ['port-scan']),
    v.description('Rules whose alerts are answered; "all" for every one that names a source address.'),
  ),
  never: v.pipe(
    v.optional(v.array(prefix, 'expected a list of addresses'), []),
    v.description('Addresses and networks that are never blocked, beside the built-in list: telltale blocks --never'),
  ),
  neverFiles: v.pipe(
    v.optional(v.array(absolutePath('a file'), 'expected a list of files'), []),
    v.description('Files with one such address a line, in the form of portsentry.ignore.'),
  ),
  grace: v.pipe(
    v.optional(duration(0, 366 * DAY_MS, '10 min'), '10 min'),
    v.description('How long an address that was unblocked by hand is left alone.'),
  ),
  keep: v.pipe(v.optional(yesNo(), false), v.description('Whether blocks stay in the kernel when the daemon stops.')),
  responders: v.pipe(
    v.optional(
      v.array(
        v.record(v.string(), v.unknown(), 'expected the keys of a responder, beginning with "type:"'),
        'expected a list of responders: lines that begin with "- type:"',
      ),
      [],
    ),
    v.description('How it is answered, in this order; nftables when nothing is said. Pages: docs/responders/.'),
  ),
});

/** What is wrong with a responder, as a path below `answers.responders`. */
export interface ResponderIssue {
  readonly path: readonly (string | number)[];
  readonly atKey: boolean;
  readonly message: string;
}

/** Checks the list with each one's own schema; what is no mapping was told already. An empty list stays empty: nftables. */
export function loadResponders(
  list: readonly unknown[],
  responders: readonly Responder[],
): { readonly loaded: AnswerSettings['responders']; readonly issues: readonly ResponderIssue[] } {
  const loaded: { type: string; own: unknown }[] = [];
  const issues: ResponderIssue[] = [];
  for (const [index, item] of list.slice(0, 16).entries()) {
    if (!isRecord(item)) continue;
    const { type, ...rest } = item;
    const add = (issue: ResponderIssue): number => issues.push({ ...issue, path: [index, ...issue.path] });
    const responder = responders.find(({ name }) => name === type);
    if (responder === undefined) {
      add({ path: ['type'], atKey: false, message: typeWords(type, responders) });
      continue;
    }
    if (loaded.some((other) => other.type === type))
      add({ path: ['type'], atKey: false, message: `"${responder.name}" stands in the list already` });
    const own = loadOwn(rest, responder, add);
    if (own !== undefined) loaded.push({ type: responder.name, own: own.output });
  }
  return { loaded, issues };
}

function loadOwn(
  given: Readonly<Record<string, unknown>>,
  responder: Responder,
  add: (issue: ResponderIssue) => number,
): { readonly output: unknown } | undefined {
  const known = Object.keys(entriesOf(responder.settings));
  for (const key of Object.keys(given).filter((candidate) => !known.includes(candidate)))
    add({ path: [key], atKey: true, message: unknownKeyWords(key, ['type', ...known]) });
  const own = v.safeParse(
    responder.settings,
    Object.fromEntries(Object.entries(given).filter(([key]) => known.includes(key))),
  );
  for (const issue of own.issues ?? []) {
    const path = (issue.path ?? []).map((part) => part.key as string | number);
    const words = issue.received === 'undefined' && path.length > 0 ? 'is missing' : issue.message;
    add({ path, atKey: false, message: path.length === 0 ? words : `${path.join('.')}: ${words}` });
  }
  return own.success ? own : undefined;
}

function typeWords(type: unknown, responders: readonly Responder[]): string {
  const names = responders.map(({ name }) => name);
  if (type === undefined) return `"type" is missing; responders are ${names.join(', ')}`;
  const words = typeof type === 'string' ? `"${type}"` : JSON.stringify(type);
  const near = typeof type === 'string' ? didYouMean(type, names) : '';
  return `unknown responder ${words}${near}; responders are ${names.join(', ')}`;
}

/** What the file says, with its durations as numbers. */
export function answersOf(
  checked: v.InferOutput<typeof answersSchema>,
  responders: AnswerSettings['responders'],
): AnswerSettings {
  const { mode, grow, cap, unconfirmed, rules, never, neverFiles, keep } = checked;
  return {
    mode,
    responders,
    forMs: checked.for,
    grow,
    longestMs: Math.max(checked.longest, checked.for),
    cap,
    never,
    neverFiles,
    unconfirmed,
    rules,
    graceMs: checked.grace,
    keep,
  };
}
