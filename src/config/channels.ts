/** Checks the list of channels: the common keys here, the rest with each notifier's own schema. */

import * as v from 'valibot';
import { didYouMean } from '#lib/closest.ts';
import type { Notifier } from '#model/notifier.ts';
import type { ChannelSettings } from '#model/settings.ts';
import { entriesOf, isRecord, unknownKeyWords } from './entries.ts';
import { channelSchema } from './schema.ts';

/** What is wrong, as a path below `notifiers`; `atKey` points at the key instead of its value. */
export interface ChannelIssue {
  readonly path: readonly (string | number)[];
  readonly atKey: boolean;
  readonly message: string;
}

export interface LoadedChannels {
  readonly channels: readonly ChannelSettings[];
  readonly issues: readonly ChannelIssue[];
  /** Name of the first setting that holds a secret in the file, as "notifiers.0.password", or "". */
  readonly secret: string;
}

const COMMON = Object.keys(channelSchema.entries);

/** `list` is what stands in the file; what is not a mapping was told already and is passed over. */
export function loadChannels(list: readonly unknown[], notifiers: readonly Notifier[]): LoadedChannels {
  const channels: ChannelSettings[] = [];
  const issues: ChannelIssue[] = [];
  let secret = '';
  list.slice(0, 32).forEach((given, index) => {
    if (!isRecord(given)) return;
    const add = (issue: ChannelIssue): number => issues.push({ ...issue, path: [index, ...issue.path] });
    const notifier = notifiers.find(({ name }) => name === given['type']);
    if (notifier === undefined) {
      add(typeIssue(given['type'], notifiers));
      return;
    }
    if (secret === '') secret = secretIn(given, notifier, index);
    const channel = loadChannel(given, notifier, add);
    if (channel === undefined) return;
    const taken = new Set(channels.map(({ name }) => name));
    if (typeof given['name'] === 'string' && taken.has(channel.name)) {
      add({ path: ['name'], atKey: false, message: `another channel is called "${channel.name}" already` });
    }
    let { name } = channel;
    for (let number = 2; taken.has(name); number += 1) name = `${channel.name}-${number}`;
    channels.push({ ...channel, name });
  });
  return { channels, issues, secret };
}

function loadChannel(
  given: Readonly<Record<string, unknown>>,
  notifier: Notifier,
  add: (issue: ChannelIssue) => void,
): ChannelSettings | undefined {
  const ownKeys = Object.keys(entriesOf(notifier.settings));
  const known = new Set([...COMMON, ...ownKeys]);
  const pick = (wanted: (key: string) => boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(given).filter(([key]) => wanted(key)));
  for (const key of Object.keys(given).filter((candidate) => !known.has(candidate))) {
    add({ path: [key], atKey: true, message: unknownKeyWords(key, [...known]) });
  }
  const common = v.safeParse(
    channelSchema,
    pick((key) => COMMON.includes(key)),
  );
  const own = v.safeParse(
    notifier.settings,
    pick((key) => ownKeys.includes(key) && !COMMON.includes(key)),
  );
  for (const issue of [common.issues ?? [], own.issues ?? []].flat()) add(issueOf(issue));
  if (!common.success || !own.success) return undefined;
  const { type, name = type, minSeverity, maxPerHour } = common.output;
  return {
    type,
    name,
    minSeverity: minSeverity ?? (notifier.kind === 'alerts' ? 'info' : 'medium'),
    maxPerHour,
    own: own.output,
  };
}

function issueOf(issue: v.BaseIssue<unknown>): ChannelIssue {
  const path = (issue.path ?? []).map((part) => part.key as string | number);
  if (path.length === 0) return { path, atKey: false, message: issue.message };
  const words = issue.received === 'undefined' ? 'is missing' : issue.message;
  return { path, atKey: false, message: `${path.join('.')}: ${words}` };
}

function typeIssue(type: unknown, notifiers: readonly Notifier[]): ChannelIssue {
  const names = notifiers.map(({ name }) => name);
  if (type === undefined)
    return { path: ['type'], atKey: false, message: `"type" is missing; channels are ${names.join(', ')}` };
  const words = typeof type === 'string' ? `"${type}"` : JSON.stringify(type);
  const near = typeof type === 'string' ? didYouMean(type, names) : '';
  return { path: ['type'], atKey: false, message: `unknown channel ${words}${near}; channels are ${names.join(', ')}` };
}

function secretIn(given: Readonly<Record<string, unknown>>, notifier: Notifier, index: number): string {
  const name = notifier.secrets.find((key) => given[key] !== undefined && given[key] !== '');
  return name === undefined ? '' : `notifiers.${index}.${name}`;
}
