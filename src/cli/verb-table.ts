/** Who may ask what over the control socket, and what their arguments must look like. */

import type { Verb } from '#model/verbs.ts';

type Kind = 'text' | 'texts' | 'number' | 'flag' | 'scope';

/** Arguments by verb; a trailing "?" marks those that may be missing. `web.*` but the link are for the web process. */
const VERBS: Readonly<Record<Verb, Readonly<Record<string, Kind | `${Kind}?`>> | 'web only'>> = {
  status: {},
  changes: { all: 'flag?', sinceMs: 'number?', limit: 'number?' },
  show: { id: 'text' },
  ack: { ids: 'texts', reason: 'text' },
  accept: { ids: 'texts', reason: 'text', scope: 'scope', untilMs: 'number', dryRun: 'flag' },
  mute: { ids: 'texts', reason: 'text', untilMs: 'number', dryRun: 'flag' },
  unmute: { ids: 'texts', reason: 'text' },
  quiets: { all: 'flag?' },
  rows: { table: 'text', connections: 'flag?' },
  check: {},
  'baseline.generate': { reason: 'text' },
  'baseline.compare': {},
  'baseline.delete': { reason: 'text' },
  'baseline.show': { version: 'number?' },
  'baseline.diff': { from: 'number', to: 'number' },
  doctor: {},
  verify: {},
  activity: {},
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
    if (!fits(kind.replace('?', '') as Kind, value))
      return `argument "${name}" of "${verb}" is missing or not ${kind.replace('?', '')}`;
  }
  return undefined;
}

function fits(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.length <= 8192;
    case 'texts':
      return Array.isArray(value) && value.length <= 1000 && value.every((item) => fits('text', item));
    case 'number':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    case 'flag':
      return typeof value === 'boolean';
    case 'scope':
      return value === 'exact' || value === 'program' || value === 'package';
  }
}
