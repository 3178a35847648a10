/** Looks into schemas: which keys they take, and which keys of some data they do not. */

import type { GenericSchema } from 'valibot';
import { didYouMean } from '#lib/closest.ts';

/** Schemas by key of an object schema, also inside `optional` and `pipe`; {} for any other. */
export function entriesOf(schema: unknown): Readonly<Record<string, GenericSchema>> {
  let inner = schema;
  while (isRecord(inner) && !('entries' in inner) && 'wrapped' in inner) inner = inner['wrapped'];
  if (!isRecord(inner) || !isRecord(inner['entries'])) return {};
  return inner['entries'] as Readonly<Record<string, GenericSchema>>;
}

/** A key that nobody takes, or a list where keys are expected. */
export interface UnknownKey {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** All keys in `data` that the schema does not take, at every depth (valibot stops at the first of each mapping). */
export function unknownKeys(
  schema: unknown,
  data: unknown,
  path: readonly (string | number)[] = [],
): readonly UnknownKey[] {
  const entries = entriesOf(schema);
  const keys = Object.keys(entries);
  // For valibot a list is a mapping with the keys 0, 1, …: one without items would pass as one that says nothing.
  if (keys.length > 0 && Array.isArray(data))
    return [{ path, message: `expected keys (${keys.join(', ')}) indented below, not a list` }];
  if (keys.length === 0 || !isRecord(data)) return [];
  return Object.keys(data).flatMap((key) =>
    keys.includes(key)
      ? unknownKeys(entries[key], data[key], [...path, key])
      : [{ path: [...path, key], message: unknownKeyWords(key, keys) }],
  );
}

/** `unknown key "X" (did you mean "Y"?)`, or the keys there are where none is near. */
export function unknownKeyWords(key: string, keys: readonly string[]): string {
  return `unknown key "${key}"${didYouMean(key, keys) || `; keys here are ${keys.join(', ')}`}`;
}

/** Is it a mapping? */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
