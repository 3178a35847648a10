/** Users and groups by name or number, from /etc/passwd and /etc/group and, where these know nothing, getent(1). */

import { fs } from '#lib/lean-fs.ts';

const FILES = { passwd: '/etc/passwd', group: '/etc/group' } as const;
const GETENT = '/usr/bin/getent';
const known = new Map<string, readonly string[] | undefined>();

/** Numeric id of a user name, of a number that is somebody's, or of ":number" whoever it is; undefined when unknown. */
export function userId(name: string): number | undefined {
  return idOf('passwd', name);
}

/** As `userId`, for groups. */
export function groupId(name: string): number | undefined {
  return idOf('group', name);
}

/** Home of a user by name, or of a numeric id as text; undefined when unknown. */
export function homeOf(user: string): string | undefined {
  return (find('passwd', user, 0) ?? find('passwd', user, 2))?.[5];
}

function idOf(base: keyof typeof FILES, name: string): number | undefined {
  if (/^:\d{1,10}$/.test(name)) return Number(name.slice(1));
  const fields = find(base, name, 0) ?? (/^\d{1,10}$/.test(name) ? find(base, String(Number(name)), 2) : undefined);
  const id = fields?.[2];
  return id !== undefined && /^\d{1,10}$/.test(id) ? Number(id) : undefined;
}

function find(base: keyof typeof FILES, wanted: string, column: number): readonly string[] | undefined {
  const key = `${base} ${column} ${wanted}`;
  if (!known.has(key)) known.set(key, look(base, wanted, column));
  return known.get(key);
}

function look(base: keyof typeof FILES, wanted: string, column: number): readonly string[] | undefined {
  for (const line of fs.readFileSync(FILES[base], 'latin1').split('\n')) {
    const fields = line.split(':');
    if (fields.length > 2 && fields[column] === wanted) return fields;
  }
  if (!/^[\w.@$-]+$/.test(wanted) || !fs.existsSync(GETENT)) return undefined;
  const asked = process
    .getBuiltinModule('node:child_process')
    .spawnSync(GETENT, ['--', base, wanted], { encoding: 'latin1', timeout: 10_000 });
  const fields = (asked.stdout ?? '').trim().split(':');
  return asked.status === 0 && fields[column] === wanted ? fields : undefined;
}
