/** Watches who has an account here and how it can be entered: see docs/sensors/accounts.md. */

import { createHmac } from 'node:crypto';
import type { ParsedConfig } from '#formats/config-lines.ts';
import type { SubidLine } from '#formats/group-lines.ts';
import { type PasswdLine, type PasswordState, passwordState, type ShadowLine } from '#formats/passwd-lines.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import {
  MAX_ACCOUNTS,
  missingGap,
  PASSWD,
  readPasswd,
  readShadow,
  readSubids,
  rowsOf,
  SHADOW,
  SUBGID,
  SUBUID,
} from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { type HostFile, valueOf } from './host-file.ts';
import { NSSWITCH, usesCompat } from './name-switch.ts';
import { sourceTeller } from './row-source.ts';

export const accounts = defineTable({
  name: 'accounts',
  doc: 'Accounts of passwd and shadow, a row a line of passwd, as the system reads them.',
  slot: ['name'],
  file: 'file',
  columns: {
    name: ['text', 'Name; "+…" and "-…" are lines for NIS', 'identity'],
    nth: ['int', '1 for the first line of this name, which is the one that the system uses', 'identity'],
    uid: ['int', 'User number; 0 is root whatever the name; -1 where a line for NIS leaves it open', 'compared'],
    gid: ['int', 'Number of the primary group', 'compared'],
    login: [
      'text',
      'with a password, without a password, with a key only, by NIS, or no (shell, expiry or missing shell forbid it)',
      'compared',
    ],
    password: [
      'text',
      'set, locked (a hash behind "!"), empty (none is asked for), none (nothing matches), or missing (no line in shadow)',
      'compared',
    ],
    passwordPlace: ['text', 'shadow, or passwd where everyone can read the hash', 'compared'],
    passwordMark: ['text', 'Changes when the password does; a keyed digest of 32 bits of its hash', 'compared'],
    passwordDay: ['text', 'Day of the last change of the password, by shadow'],
    home: ['text', 'Home directory', 'compared'],
    shell: ['text', 'Login shell; "" is /bin/sh', 'compared'],
    expires: ['text', 'Day from which on the account is closed, or ""', 'compared'],
    subids: ['list', 'Ranges of user and group numbers that it may use in a user namespace', 'compared'],
    sameUid: ['text', 'Account that stands before it with the same number: files are shown as that one’s', 'compared'],
    gecos: ['text', 'Full name and the like'],
    line: ['int', 'Line in passwd'],
    file: ['text', 'The file of the two, passwd or shadow, whose part of the row changed last'],
  },
});

/** A row of `accounts`. */
export type AccountRow = NonNullable<(typeof accounts)['row']>;

const NO_LOGIN = /\/(?:nologin|false|true|sync|git-shell)$/;
const DAY_MS = 86_400_000;
const MACHINE_ID = '/etc/machine-id';

export default defineSensor<AccountRow>({
  name: 'accounts',
  doc: 'Reads passwd, shadow, subuid and subgid as the system does.',
  everyMs: 60_000,
  table: accounts,
  look(host) {
    const gaps: Gap[] = [];
    const passwd = readPasswd(host);
    const lines = valueOf(passwd, gaps)?.rows ?? [];
    gaps.push(...missingGap(passwd));
    const shadow = readShadow(host);
    valueOf(shadow, gaps);
    const context = contextOf(host, shadow);
    if (lines.length > MAX_ACCOUNTS)
      gaps.push({ what: PASSWD, why: `${lines.length} lines: only ${MAX_ACCOUNTS} are watched` });
    const rows: AccountRow[] = [];
    const counts = new Map<string, number>();
    for (const line of lines.slice(0, MAX_ACCOUNTS)) {
      const nth = (counts.get(line.name) ?? 0) + 1;
      counts.set(line.name, nth);
      rows.push(rowOf(context, line, nth));
    }
    saySource(host, rows);
    return Promise.resolve({ rows, gaps, by: PASSWD });
  },
});

export const accountsListener = hearFiles({
  name: 'accounts',
  doc: 'Hears of changes of passwd, shadow, subuid and subgid.',
  table: 'accounts',
  paths: () => [PASSWD, SHADOW, SUBUID, SUBGID, NSSWITCH],
});

const saySource = sourceTeller<AccountRow>(accounts, {
  first: { path: PASSWD, columns: ['uid', 'gid', 'home', 'shell', 'passwordPlace'] },
  second: { path: SHADOW, columns: ['password', 'passwordMark', 'expires'] },
});

interface Context {
  readonly host: Host;
  readonly shadow: ReadonlyMap<string, ShadowLine>;
  readonly subids: ReadonlyMap<string, readonly string[]>;
  readonly firstOfUid: Map<number, string>;
  readonly nis: boolean;
  readonly key: Buffer;
}

function contextOf(host: Host, shadow: HostFile<ParsedConfig<ShadowLine>>): Context {
  const byName = new Map<string, ShadowLine>();
  // The first line of a name counts, as in getspnam(3).
  for (const line of rowsOf(shadow)) if (!byName.has(line.name)) byName.set(line.name, line);
  const key = host.files.read(MACHINE_ID, 4096);
  return {
    host,
    shadow: byName,
    subids: subidsOf(host),
    firstOfUid: new Map(),
    nis: usesCompat(host, 'passwd'),
    key: isFailure(key) ? Buffer.alloc(0) : key,
  };
}

function subidsOf(host: Host): ReadonlyMap<string, readonly string[]> {
  const ranges = new Map<string, string[]>();
  const add = (kind: string, lines: readonly SubidLine[]): void => {
    for (const { owner, first, count } of lines) {
      const own = ranges.get(owner) ?? [];
      own.push(`${kind} ${first}+${count}`);
      ranges.set(owner, own);
    }
  };
  add('uid', rowsOf(readSubids(host, SUBUID)));
  add('gid', rowsOf(readSubids(host, SUBGID)));
  return ranges;
}

function rowOf(context: Context, line: PasswdLine, nth: number): AccountRow {
  const { subids } = context;
  const { name, uid, gid, home, shell, gecos } = line;
  const secret = secretOf(context, line);
  const expireDay = context.shadow.get(name)?.expireDay ?? -1;
  return {
    name,
    nth,
    uid,
    gid,
    login: line.nis ? nisLogin(context, name) : loginOf(context.host, { password: secret.password, shell, expireDay }),
    ...secret,
    home,
    shell,
    expires: dayText(expireDay),
    subids: [...(subids.get(name) ?? []), ...(subids.get(String(uid)) ?? [])],
    sameUid: sameUid(context, line),
    gecos,
    line: line.line,
    file: PASSWD,
  };
}

function secretOf({ shadow, key }: Context, { name, password }: PasswdLine) {
  // crypt(5) and pam_unix: "x" says that shadow has it.
  const inShadow = password === 'x' || password.startsWith('##');
  const secret = inShadow ? shadow.get(name) : undefined;
  const field = inShadow ? secret?.password : password;
  const state: PasswordState | 'missing' = field === undefined ? 'missing' : passwordState(field);
  return {
    password: state,
    passwordPlace: inShadow ? 'shadow' : 'passwd',
    passwordMark: field === undefined || field === '' ? '' : markOf(key, field),
    passwordDay: dayText(secret?.changedDay ?? -1),
  };
}

function sameUid({ firstOfUid }: Context, { name, uid }: PasswdLine): string {
  const first = firstOfUid.get(uid);
  if (first === undefined && uid >= 0) firstOfUid.set(uid, name);
  return first === undefined || first === name ? '' : first;
}

function nisLogin({ nis }: Context, name: string): string {
  return nis && name.startsWith('+') ? 'by NIS' : 'no';
}

function loginOf(
  host: Host,
  at: { readonly password: PasswordState | 'missing'; readonly shell: string; readonly expireDay: number },
): string {
  const { password, expireDay } = at;
  const shell = at.shell === '' ? '/bin/sh' : at.shell;
  if (NO_LOGIN.test(shell)) return 'no';
  // shadow(5): from this day on the account is closed; 0 is ambiguous there, and closed for pam_unix.
  if (expireDay >= 0 && host.clock.nowMs() >= expireDay * DAY_MS) return 'no';
  if (isFailure(host.files.stat(shell))) return 'no';
  if (password === 'empty') return 'without a password';
  return password === 'set' ? 'with a password' : 'with a key only';
}

/** The hash itself holds its salt; the key keeps a digest of an old crypt from being looked up elsewhere. */
function markOf(key: Buffer, field: string): string {
  return createHmac('sha256', key).update(field).digest('hex').slice(0, 8);
}

function dayText(day: number): string {
  return day < 0 || day > 2_900_000 ? '' : new Date(day * DAY_MS).toISOString().slice(0, 10);
}
