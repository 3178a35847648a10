/** Stanzas of deb822(5): the status file of dpkg, .sources of apt, lists of packages. */

/** Fields of one stanza by their name in small letters; continuation lines are joined by newlines. */
export type Stanza = ReadonlyMap<string, string>;

export interface Stanzas {
  readonly stanzas: readonly Stanza[];
  /** Lines that are no field and continue none. */
  readonly rejects: readonly string[];
}

/** Reads all stanzas; with `wanted`, only fields of these names (small letters) are kept: the status file is large. */
export function parseStanzas(text: string, wanted?: ReadonlySet<string>): Stanzas {
  const stanzas: Stanza[] = [];
  const rejects: string[] = [];
  let fields = new Map<string, string>();
  let last = '';
  const end = (): void => {
    if (fields.size > 0) stanzas.push(fields);
    fields = new Map();
    last = '';
  };
  for (const line of text.split('\n')) {
    const first = line.charCodeAt(0);
    if (line.trim() === '') end();
    else if (first === 0x23) continue;
    else if (first === 0x20 || first === 0x09) continued(fields, last, line, rejects);
    else last = addField(fields, line, { rejects, wanted });
  }
  end();
  return { stanzas, rejects };
}

/** Name of a field whose continuation is not wanted. */
const UNWANTED = '-';

function continued(fields: Map<string, string>, last: string, line: string, rejects: string[]): void {
  if (last === '') rejects.push(line);
  else if (last !== UNWANTED) fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
}

function addField(
  fields: Map<string, string>,
  line: string,
  { rejects, wanted }: { rejects: string[]; wanted: ReadonlySet<string> | undefined },
): string {
  const colon = line.indexOf(':');
  if (colon < 1) {
    rejects.push(line);
    return UNWANTED;
  }
  const name = line.slice(0, colon).toLowerCase();
  if (wanted !== undefined && !wanted.has(name)) return UNWANTED;
  fields.set(name, line.slice(colon + 1).trim());
  return name;
}
