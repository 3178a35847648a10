/** Checks a value against the part of JSON Schema (2020-12) that our published schemas use; any other keyword throws. */

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly anyOf?: readonly Schema[];
}

const KNOWN = new Set([
  '$schema',
  'title',
  'description',
  'type',
  'enum',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'anyOf',
]);

/** What is wrong, as "path: what"; `closed` also names fields that the schema does not know. */
export function mistakes(value: unknown, schema: Schema, how: { readonly closed: boolean }, path = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword));
  if (unknown.length > 0) throw new Error(`Cannot check keyword "${unknown.join(', ')}"`);
  if (schema.anyOf) {
    const fits = schema.anyOf.some((choice) => mistakes(value, choice, how, path).length === 0);
    return fits ? [] : [`${path}: fits no choice`];
  }
  if (schema.type !== undefined && !hasType(value, schema.type)) return [`${path}: is no ${schema.type}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${path}: unknown word ${JSON.stringify(value)}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => (schema.items ? mistakes(item, schema.items, how, `${path}[${index}]`) : []));
  }
  return typeof value === 'object' && value !== null ? objectMistakes(Object.entries(value), schema, how, path) : [];
}

function objectMistakes(
  entries: readonly (readonly [string, unknown])[],
  schema: Schema,
  how: { readonly closed: boolean },
  path: string,
): string[] {
  const names = new Set(entries.map(([name]) => name));
  const found = (schema.required ?? []).filter((name) => !names.has(name)).map((name) => `${path}.${name}: missing`);
  for (const [name, value] of entries) {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    if (inner) found.push(...mistakes(value, inner, how, `${path}.${name}`));
    else if (how.closed) found.push(`${path}.${name}: not in the schema`);
  }
  return found;
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
