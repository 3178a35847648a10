/** What is started without being asked is another thing than before. See docs/rules/start-point-changed.md. */

import { gravity, type Severity, severities } from '#model/finding.ts';
import { defineRule, type Judgement } from '#model/sensor.ts';
import type { Cell } from '#model/table.ts';
import { type StartPointRow, startPoints } from '#sensors/start-point-table.ts';
import { cronLine, evilService, serviceLink, startFile } from './start-point-samples.ts';
import { about, capital, decidedAnew, opensHere, sentence, shown, weigh, withExposure } from './start-point-words.ts';

export default defineRule<StartPointRow>({
  id: 'start-point-changed',
  doc: 'Command, user, time or content of something that is started without being asked was changed.',
  on: 'start-points',
  table: startPoints,
  attack: ['T1053', 'T1543', 'T1546', 'T1037', 'T1547'],
  types: ['added', 'changed'],
  judge(judgement) {
    const pair = pairOf(judgement);
    if (pair === undefined) return undefined;
    const { before, after } = pair;
    const differing = decidedAnew(before, after);
    if (differing.length === 0) return undefined;
    const { facts, ...shared } = about(after);
    const { severity, why } = weigh(after);
    const told = {
      severity: after.enabled ? limited(severity, differing) : weightOfEnd(before),
      title: `Changed: ${capital(sentence(after))}${differenceWords(before, after, differing)}`,
      why: `${why} What stood there before was normal; an intruder changes it because nobody reads a file twice.`,
    };
    const exposed = opensHere(before, after) ? withExposure(after, told) : told;
    const part = isProgramAlone(differing) ? { folds: after.program } : partOfUnit(after);
    // Graver than low is what no package ships. A link whose unit went first, while its package is removed, runs nothing.
    const onlyAsPackaged =
      gravity(exposed.severity) > gravity('low') && !(after.link === before.link && isIdleLink(after));
    return { ...shared, facts: { ...facts, ...beforeFacts(before, differing) }, ...exposed, onlyAsPackaged, ...part };
  },
  samples: [
    {
      name: 'the unit that a link starts is gone',
      judgement: {
        change: {
          type: 'changed',
          before: { ...serviceLink, programPackage: '' },
          after: { ...serviceLink, programPackage: '', command: `starts ${serviceLink.name}` },
        },
      },
      expect: 'medium',
    },
    {
      name: 'a line of cron runs something else',
      judgement: {
        change: { type: 'added', after: cronLine },
        replaced: { ...cronLine, name: '/usr/bin/updatedb', command: '/usr/bin/updatedb', open: '' },
      },
      expect: 'critical',
    },
    {
      name: 'another schedule',
      judgement: {
        change: { type: 'changed', before: { ...cronLine, when: 'every day at 03:00' }, after: cronLine },
        known: true,
      },
      expect: 'critical',
    },
    {
      name: 'a packaged service runs as root now',
      judgement: {
        change: {
          type: 'changed',
          before: { ...evilService, package: 'nginx', programPackage: 'nginx', user: 'www-data' },
          after: { ...evilService, package: 'nginx', programPackage: 'nginx' },
        },
      },
      expect: 'low',
    },
    {
      name: "a user's start file got an alias of sudo",
      judgement: {
        change: {
          type: 'changed',
          before: startFile,
          after: { ...startFile, digest: 'other', tricks: ['alias of sudo'], added: ["alias sudo='/tmp/.s'"] },
        },
      },
      expect: 'medium',
    },
    {
      name: 'the program that root runs was written anew',
      judgement: {
        change: { type: 'changed', before: { ...evilService, programDigest: 'x' }, after: evilService },
        known: true,
      },
      expect: 'medium',
    },
    {
      name: 'a line in a file of a package was edited by hand',
      judgement: {
        change: {
          type: 'added',
          after: { ...cronLine, package: 'sysstat', shipped: 'differs', open: '', program: '' },
        },
        replaced: { ...cronLine, name: 'x', command: 'x', package: 'sysstat' },
      },
      expect: 'medium',
    },
    {
      name: 'a service was masked',
      judgement: {
        change: {
          type: 'changed',
          before: evilService,
          after: { ...evilService, enabled: false, when: 'never: it is masked' },
        },
      },
      expect: 'low',
    },
    {
      name: 'only the open place differs',
      judgement: { change: { type: 'changed', before: { ...cronLine, open: '' }, after: cronLine } },
      expect: undefined,
    },
    { name: 'a new line', judgement: { change: { type: 'added', after: cronLine } }, expect: undefined },
  ],
});

/** Changed under one key, or another row took the place of one that is gone. */
function pairOf({ change, replaced, known, learning }: Judgement<StartPointRow>) {
  if (change.type === 'removed' || learning) return undefined;
  const { after } = change;
  if (change.type === 'changed') return { before: change.before, after };
  if (replaced === undefined || known || (after.problem !== '' && !after.enabled)) return undefined;
  return { before: replaced, after };
}

function isIdleLink({ kind, name, command }: StartPointRow): boolean {
  return kind === 'systemd link' && command === `starts ${name}`;
}

/** People deploy their own programs anew; that it may be run was told before. */
function limited(severity: Severity, differing: readonly string[]): Severity {
  return isProgramAlone(differing) && severity !== 'low' && severity !== 'info' ? 'medium' : severity;
}

/** What it runs was written anew; where that is a start point itself (rc.local), its own alert says what is new in it. */
function isProgramAlone(differing: readonly string[]): boolean {
  return differing.length === 1 && differing[0] === 'programDigest';
}

/** A link that enables a unit says what the unit runs: where that changed, the unit's own alert tells. */
function partOfUnit({ kind, name, path }: StartPointRow): { readonly folds?: readonly string[] } {
  if (kind !== 'systemd link') return {};
  const places = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'];
  return { folds: [path, ...places.map((folder) => `${folder}/systemd/system/${name}`)] };
}

/** Something was switched off: a watchman's own service, perhaps. */
function weightOfEnd(before: StartPointRow): Severity {
  return before.enabled ? 'low' : (severities[0] ?? 'info');
}

function beforeFacts(before: StartPointRow, differing: ReturnType<typeof decidedAnew>): Record<string, Cell> {
  return Object.fromEntries(differing.map((column) => [`${column}Before`, before[column]]));
}

function differenceWords(before: StartPointRow, after: StartPointRow, differing: readonly string[]): string {
  const [line] = after.added;
  if (line !== undefined && differing.includes('digest')) return `; new in it: ${shown(line, 100)}`;
  if (differing.includes('command'))
    return `; before: ${before.command === '' ? 'nothing' : shown(before.command, 100)}`;
  if (differing.includes('user')) return `; before as ${shown(before.user, 40)}`;
  if (differing.includes('when') && before.when !== '') return `; before ${shown(before.when, 80)}`;
  if (differing.includes('environment')) return `; its variables were changed`;
  if (differing.includes('enabled')) return after.enabled ? '; it was switched on' : '; it was switched off';
  if (differing.includes('programDigest')) return `; ${shown(after.program)} was written anew`;
  return '; its content was changed';
}
