/** Files of variables: /etc/environment (pam_env(7)), pam_env.conf(5), environment.d(5), /etc/default. Nothing is expanded. */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/** `name` "" for lines that set nothing. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

const NOTHING: Variable = { name: '', value: '' };
const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/;

/** NAME=value, with "export" and quotes as shells have them. Lines that are no assignment are rejects. */
export function parseEnvironment(text: string): Parsed<Variable> {
  return parseLines(text, (line) => {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) return NOTHING;
    const [, name, value] = ASSIGNMENT.exec(bare) ?? [];
    return name === undefined || value === undefined ? undefined : { name, value: unquoted(value) };
  });
}

/** "NAME DEFAULT=value OVERRIDE=value" of pam_env.conf(5); the override wins. */
export function parsePamEnv(text: string): Parsed<Variable> {
  return parseLines(text.replace(/\\\n/g, ' '), (line) => {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) return NOTHING;
    const [, name, rest] = /^([A-Za-z_]\w*)(?:\s+(.*))?$/s.exec(bare) ?? [];
    if (name === undefined) {
      const [, plain, value] = ASSIGNMENT.exec(bare) ?? [];
      return plain === undefined || value === undefined ? undefined : { name: plain, value: unquoted(value) };
    }
    const values = [...(rest ?? '').matchAll(/(DEFAULT|OVERRIDE)=("[^"]*"|\S*)/g)];
    const chosen = values.find(([, kind]) => kind === 'OVERRIDE') ?? values[0];
    return { name, value: unquoted(chosen?.[2] ?? '') };
  });
}

function unquoted(value: string): string {
  const bare = value.trim();
  return /^(["']).*\1$/.test(bare) ? bare.slice(1, -1) : bare;
}
