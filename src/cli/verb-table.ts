/** Who may ask what over the control socket, and what their arguments must look like. */

import type { Verb } from '#model/verbs.ts';

type Kind = 'text' | 'texts' | 'number' | 'flag' | 'scope';

/** Arguments by verb; a trailing "?" marks those that may be missing. `web.*` but the link are for the web process. */
const VERBS: Readonly<Record<Verb, Readonly<Record<string, Kind | `${Kind}?`>> | 'web only'>> = {
  status: {},
  changes: { all: 'flag?', sinceMs: 'number?', limit: 'number?', each: 'number?' },
  show: { id: 'text' },
  ack: { ids: 'texts', reason: 'text' },
  accept: { ids: 'texts', reason: 'text', scope: 'scope', untilMs: 'number', dryRun: 'flag' },
  mute: { ids: 'texts', reason: 'text', untilMs: 'number', dryRun: 'flag' },
  unmute: { ids: 'texts', reason: 'text' },
  quiets: { all: 'flag?' },
  rows: { table: 'text', connections: 'flag?' },
  tables: {},
  check: { names: 'texts?', limitMs: 'number?' },
  'baseline.generate': { reason: 'text' },
  'baseline.compare': {},
  'baseline.delete': { reason: 'text' },
  'baseline.show': { version: 'number?' },
  'baseline.diff': { from: 'number', to: 'number' },
  maintenance: { act: 'text', untilMs: 'number', reason: 'text' },
  coverage: { sinceMs: 'number?' },
  doctor: {},
  verify: {},
  activity: {},
  scans: { all: 'flag?' },
  blocks: { all: 'flag?' },
  'blocks.never': {},
  block: { target: 'text', untilMs: 'number', reason: 'text', insist: 'flag', from: 'text?' },
  unblock: { target: 'text', reason: 'text' },
  allow: { target: 'text', untilMs: 'number', reason: 'text', end: 'flag' },
  'block.try': { sinceMs: 'number' },
  'web.link': {},
  'web.redeem': 'web only',
  'web.password.check': 'web only',
  'web.password.set': 'web only',
  follow: {},
};

/** The verb, when a terminal may ask it. */
export function terminalVerb(name: string): Verb | undefined {
  return Object.hasOwn(VERBS, name) && VERBS[name as Verb] !== 'web only' ? (name as Verb) : undefined;
}

/** What is wrong with the arguments, or undefined. */
export function wrongArgs(verb: Verb, args: object): string | undefined {
  const wanted = VERBS[verb];
  if (wanted === 'web only') return 'only the page may ask this';
  const given = args as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(wanted, name));
  if (stranger !== undefined) return `"${verb}" takes no argument "${stranger}"`;
  for (const [name, kind] of Object.entries(wanted)) {
    const value = given[name];
    if (value === undefined && kind.endsWith('?')) continue;
    if (!FITS[kind.replace('?', '') as Kind](value))
      return `argument "${name}" of "${verb}" is missing or not ${kind.replace('?', '')}`;
  }
  return undefined;
}

const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value.length <= 8192,
  texts: (value) => Array.isArray(value) && value.length <= 1000 && value.every((item) => FITS.text(item)),
  number: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
  flag: (value) => typeof value === 'boolean',
  scope: (value) => value === 'exact' || value === 'program' || value === 'package',
};
