/** Whether an alert is answered, and how: pure, so that a dry run over last week says what would have been done. */

import { containsPrefix, type IpPrefix, isPrefix, overlaps, parsePrefix, prefixAround } from '#lib/ip-prefix.ts';
import type { Alert, Finding } from '#model/finding.ts';
import type { AnswerSettings, Block, BlockKind } from '#model/responder.ts';

/** An address that is left alone, and why: built-in list, settings, a person, or the grace after an unblock. */
export interface Spared {
  readonly prefix: IpPrefix;
  readonly why: string;
}

/** What a decision may know. */
export interface View {
  readonly settings: Pick<AnswerSettings, 'rules' | 'unconfirmed' | 'cap'>;
  readonly spared: readonly Spared[];
  readonly standing: readonly Block[];
  /** Kinds that the responders can do. */
  readonly kinds: ReadonlySet<BlockKind>;
}

/** What is done about an alert; undefined: it is none that is answered, or what it asks for stands already. */
export type Decision =
  | { readonly as: 'block'; readonly target: string; readonly kind: BlockKind; readonly replaces: readonly Block[] }
  | { readonly as: 'spare'; readonly target: string; readonly why: string };

/** Who did it: the source, or the first address of a scanner that walks through its own /64. */
export function sourceOf({ source, facts }: Finding): string | undefined {
  if (source !== undefined) return source.ip;
  const { addresses, form } = facts;
  return form === 'scan' && Array.isArray(addresses) && typeof addresses[0] === 'string' ? addresses[0] : undefined;
}

/** Rules may be named one by one, or "all". */
export function isAnswered(rules: readonly string[], alert: Alert): boolean {
  const { finding, state, explainedBy } = alert;
  if (sourceOf(finding) === undefined || explainedBy !== undefined) return false;
  if (state !== 'open' && state !== 'acknowledged') return false;
  return rules.includes(finding.rule) || rules.includes('all');
}

/** Decides about one alert. */
export function decide(alert: Alert, view: View): Decision | undefined {
  if (!isAnswered(view.settings.rules, alert)) return undefined;
  const { facts } = alert.finding;
  const one = prefixAround(sourceOf(alert.finding) ?? '', { v4: 32, v6: 128 });
  if (one === undefined) return undefined;
  const spare = (why: string): Decision => ({ as: 'spare', target: one.text, why });
  if (facts['decoy'] === true) return spare('one of several sources at once: which of them is real is not known');
  const spared = view.spared.find(({ prefix }) => overlaps(prefix, one));
  if (spared !== undefined) return spare(spared.why);
  const kind = kindFor(facts['confirmed'] === true, view.settings.unconfirmed);
  if (kind === undefined) return spare('its address may be forged, and such are not answered (answers.unconfirmed)');
  if (!view.kinds.has(kind)) return spare('its address may be forged, and no responder here can only slow it down');
  return withStanding(view, targetFor(one, view.spared), kind);
}

/** An IPv4 scanner is an address; an IPv6 one has its whole /64 and walks through it. */
function targetFor(one: IpPrefix, spared: readonly Spared[]): IpPrefix {
  const wide = prefixAround(one.text, { v4: 32, v6: 64 }) ?? one;
  // A neighbour in our own /64 must not take the whole network with it.
  return spared.some(({ prefix }) => overlaps(prefix, wide)) ? one : wide;
}

function kindFor(confirmed: boolean, unconfirmed: AnswerSettings['unconfirmed']): BlockKind | undefined {
  if (confirmed || unconfirmed === 'block') return 'drop';
  return unconfirmed === 'never' ? undefined : 'rate-limit';
}

function withStanding(view: View, target: IpPrefix, kind: BlockKind): Decision | undefined {
  const replaces: Block[] = [];
  for (const block of view.standing) {
    const prefix = parsePrefix(block.target);
    if (!isPrefix(prefix) || !overlaps(prefix, target)) continue;
    const enough = block.kind === 'drop' || kind === 'rate-limit';
    if (containsPrefix(prefix, target) && enough) return undefined;
    if (containsPrefix(target, prefix)) replaces.push(block);
  }
  if (view.standing.length - replaces.length >= view.settings.cap)
    return { as: 'spare', target: target.text, why: `${view.settings.cap} blocks stand already (answers.cap)` };
  return { as: 'block', target: target.text, kind, replaces };
}

/** How long the nth block of a target lasts. */
export function lengthOf(settings: Pick<AnswerSettings, 'forMs' | 'grow' | 'longestMs'>, times: number): number {
  const { forMs, grow, longestMs } = settings;
  return Math.min(longestMs, forMs * grow ** Math.min(times - 1, 64));
}
