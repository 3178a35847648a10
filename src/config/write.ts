/** Writes settings as YAML: the example with every key explained, and what is in force. */

import * as v from 'valibot';
import { stringify } from 'yaml';
import { formatDuration } from '#lib/duration.ts';
import type { Notifier } from '#model/notifier.ts';
import type { Settings } from '#model/settings.ts';
import { entriesOf } from './entries.ts';
import { channelSchema, settingsSchema } from './schema.ts';

/** Stands where a secret is. */
export const HIDDEN = '(hidden)';

/** Plain data as YAML; lines are not folded, so that each value stays on its line. */
export function toYaml(data: unknown): string {
  return stringify(data, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The settings in force, defaults included, secrets hidden; durations as people write them. */
export function settingsInForce(settings: Settings, notifiers: readonly Notifier[]): Readonly<Record<string, unknown>> {
  return {
    stateDir: settings.stateDir,
    watch: settings.watch,
    web: settings.web,
    keep: formatDuration(settings.keepMs),
    compare: settings.compare,
    rotate: rotateInForce(settings.rotate),
    files: filesInForce(settings.files),
    scans: scansInForce(settings.scans),
    traps: settings.traps,
    answers: answersInForce(settings.answers),
    checks: settings.checks.map(checkInForce),
    notifiers: settings.notifiers.map(({ type, name, minSeverity, maxPerHour, own }) => {
      const notifier = notifiers.find((candidate) => candidate.name === type);
      return { type, name, minSeverity, maxPerHour, ...ownInForce(own, notifier) };
    }),
  };
}

function filesInForce({ walkAfterMs, ...plain }: Settings['files']): Readonly<Record<string, unknown>> {
  return { ...plain, walkAfter: walkAfterMs === 0 ? '0' : formatDuration(walkAfterMs) };
}

function rotateInForce({ configs, state, fullInMs }: Settings['rotate']): Readonly<Record<string, unknown>> {
  return { configs, state, fullIn: fullInMs === 0 ? '0' : formatDuration(fullInMs) };
}

function scansInForce({ quietMs, ...plain }: Settings['scans']): Readonly<Record<string, unknown>> {
  return { ...plain, quiet: formatDuration(quietMs) };
}

function answersInForce(answers: Settings['answers']): Readonly<Record<string, unknown>> {
  const { forMs, longestMs, graceMs, responders, ...plain } = answers;
  return {
    ...plain,
    for: formatDuration(forMs),
    longest: formatDuration(longestMs),
    grace: formatDuration(graceMs),
    responders: responders.map(({ type, own }) => Object.assign({ type }, ownInForce(own, undefined))),
  };
}

function checkInForce(check: Settings['checks'][number]): Readonly<Record<string, unknown>> {
  const { everyMs, timeLimitMs, user, ...plain } = check;
  const as = user === '' ? {} : { user };
  return { ...plain, every: formatDuration(everyMs), timeLimit: formatDuration(timeLimitMs), ...as };
}

function ownInForce(own: unknown, notifier: Notifier | undefined): Readonly<Record<string, unknown>> {
  if (typeof own !== 'object' || own === null) return {};
  return Object.fromEntries(
    Object.entries(own).map(([key, value]) => {
      const schema = entriesOf(notifier?.settings)[key];
      if (notifier?.secrets.includes(key) === true) return [key, HIDDEN];
      return [key, typeof value === 'number' && takesText(schema) ? formatDuration(value) : value];
    }),
  );
}

// A number in force where the file takes text is a duration that was read.
function takesText(schema: unknown): boolean {
  return schema !== undefined && !v.safeParse(schema as v.GenericSchema, 1000).success;
}

/** One setting, for the example and for docs/configuration.md. */
export interface SettingWords {
  /** Dotted path, as "web.listen". */
  readonly key: string;
  readonly words: string;
  /** As YAML; "" where there is none. */
  readonly default: string;
}

/** All settings with their words and defaults, in the order of the schema. */
export function settingsWords(schema: unknown = settingsSchema, path = ''): readonly SettingWords[] {
  return Object.entries(entriesOf(schema)).flatMap(([name, entry]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const inner = settingsWords(entry, key);
    if (inner.length > 0) return inner;
    return [{ key, words: v.getDescription(entry) ?? '', default: defaultOf(entry) }];
  });
}

/** The keys of every channel. */
export function channelWords(): readonly SettingWords[] {
  return settingsWords(channelSchema, 'notifiers[]');
}

function defaultOf(schema: v.GenericSchema): string {
  const value: unknown = v.getDefault(firstOf(schema) as v.OptionalSchema<v.GenericSchema, unknown>);
  if (Array.isArray(value)) return JSON.stringify(value);
  return value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
    ? ''
    : toYaml(value).trim();
}

// A pipe carries its parts; the default is with the first of them.
function firstOf(schema: v.GenericSchema): v.GenericSchema {
  return 'pipe' in schema ? ((schema.pipe as readonly v.GenericSchema[])[0] ?? schema) : schema;
}

/** A settings file that explains itself: every key with its default, commented out. */
export function exampleFile(): string {
  const lines = [
    '# Settings of Telltale. Every key may be left out; what stands here are the defaults.',
    '# Check it: telltale config check --config FILE',
    '',
  ];
  let section = '';
  for (const { key, words, default: value } of settingsWords()) {
    if (key === 'notifiers') continue;
    const [first = '', rest] = key.split('.');
    if (rest !== undefined && first !== section) lines.push(`${first}:`);
    section = rest === undefined ? '' : first;
    const indent = rest === undefined ? '' : '  ';
    const line = value === '' ? `#${key}: /var/lib/telltale` : `${rest ?? key}: ${value}`;
    lines.push(`${indent}# ${words}`, `${indent}${line}`, ...(rest === undefined ? [''] : []));
  }
  return `${[...lines, '', ...CHANNELS].join('\n')}\n`;
}

// Loopback and root need no other machine: the example works as it stands.
const CHANNELS = [
  '# Who is told, and how. Pages: docs/notifiers/.',
  'notifiers:',
  '  # Every alert and every update as one JSON object a line.',
  '  - type: file',
  '    path: /var/log/telltale/alerts.jsonl',
  '  # One message an incident, through the local sendmail unless "server" is given.',
  '  #- type: mail',
  '  #  to: root',
  '  #  minSeverity: medium',
  '  #  maxPerHour: 20',
];
