/** A small language for declaring JSON records once: the type, the JSON schema and the docs table follow from it. */

import type { Cell } from '#model/table.ts';

/** `facts` is an object whose values are texts, numbers, yes/no or lists of texts. */
export type FieldType = 'int' | 'text' | 'bool' | 'list' | 'facts' | readonly string[] | Fields;

/** Type, words for people, and whether it may be missing. A list of texts as type: one of these. */
export interface Field {
  readonly type: FieldType;
  readonly doc: string;
  readonly optional?: true;
}

export type Fields = { readonly [name: string]: Field };

type ValueOf<T extends FieldType> = T extends 'int'
  ? number
  : T extends 'text'
    ? string
    : T extends 'bool'
      ? boolean
      : T extends 'list'
        ? readonly string[]
        : T extends 'facts'
          ? Readonly<Record<string, Cell>>
          : T extends readonly (infer Word)[]
            ? Word
            : T extends Fields
              ? RecordOf<T>
              : never;

/** The type of a declared record; optional fields may be missing. */
export type RecordOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: ValueOf<F[K]['type']>;
} & {
  readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: ValueOf<F[K]['type']>;
};

/** JSON Schema (2020-12) of a record. Unknown fields are allowed: later versions add some. */
export function schemaOf(fields: Fields): Readonly<Record<string, unknown>> {
  const names = Object.keys(fields);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, propertyOf(fields[name])])),
    required: names.filter((name) => fields[name]?.optional !== true),
  };
}

/** Rows of a Markdown table: field, type, words. */
export function docRows(fields: Fields, prefix = ''): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const inner = nested(field.type);
    const type = typeof field.type === 'string' ? field.type : inner ? 'object' : Object.values(field.type).join(', ');
    const row = `| \`${prefix}${name}\` | ${type}${field.optional === true ? '?' : ''} | ${field.doc} |`;
    return inner ? [row].concat(docRows(inner, `${prefix}${name}.`)) : [row];
  });
}

function nested(type: FieldType): Fields | undefined {
  return typeof type === 'object' && !isWords(type) ? type : undefined;
}

function isWords(type: FieldType): type is readonly string[] {
  return Array.isArray(type);
}

function propertyOf(field: Field | undefined): Readonly<Record<string, unknown>> {
  if (!field) return {};
  return { description: field.doc, ...typeSchema(field.type) };
}

function typeSchema(type: FieldType): Readonly<Record<string, unknown>> {
  if (typeof type === 'object') return isWords(type) ? { type: 'string', enum: type } : schemaOf(type);
  if (type === 'int') return { type: 'integer' };
  if (type === 'bool') return { type: 'boolean' };
  if (type === 'list') return { type: 'array', items: { type: 'string' } };
  if (type === 'text') return { type: 'string' };
  return {
    type: 'object',
    additionalProperties: {
      anyOf: [
        { type: 'string' },
        { type: 'number' },
        { type: 'boolean' },
        { type: 'array', items: { type: 'string' } },
      ],
    },
  };
}
