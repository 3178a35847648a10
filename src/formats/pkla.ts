/** Local authority files of older polkit: pklocalauthority(8). */

/** One section that decides something; results such as "yes", "auth_admin", "" where the line is not there. */
export interface PklaSection {
  readonly line: number;
  readonly name: string;
  readonly identity: string;
  readonly action: string;
  readonly results: readonly string[];
}

/** Sections with identity, action and results; other lines are passed over, as polkit does. */
export function parsePkla(text: string): readonly PklaSection[] {
  const sections: { line: number; name: string; values: Map<string, string> }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const name = /^\[(.*)\]$/.exec(line)?.[1];
    if (name !== undefined) sections.push({ line: index + 1, name, values: new Map() });
    const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) sections.at(-1)?.values.set(key, value);
  }
  return sections.map(({ line, name, values }) => ({
    line,
    name,
    identity: values.get('Identity') ?? '',
    action: values.get('Action') ?? '',
    results: ['ResultAny', 'ResultInactive', 'ResultActive'].map((key) => values.get(key) ?? ''),
  }));
}
