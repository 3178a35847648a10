/** Watches who may log in by key, and what sshd runs at a login: see docs/sensors/ssh-keys.md. */

import { createHash } from 'node:crypto';
import { type AuthorizedKey, parseAuthorizedKeys } from '#formats/authorized-keys.ts';
import { type ParsedConfig, parseConfig } from '#formats/config-lines.ts';
import type { PasswdLine } from '#formats/passwd-lines.ts';
import { type FileStat, type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { accountsOf, GROUP, type OddFile, oddOf, PASSWD, readGroup, rowsOf } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { writableBy } from './file-trouble.ts';
import { follow, readBytes, readText, valueOf } from './host-file.ts';
import { readSshd, type SshdFiles, valuesFor } from './sshd-files.ts';

export const sshKeys = defineTable({
  name: 'ssh-keys',
  doc: 'What lets somebody in by SSH without a password, and what sshd runs at a login.',
  slot: ['kind', 'account', 'file'],
  file: 'file',
  columns: {
    kind: ['text', 'key, user CA, key command, principal, key file, login script or environment', 'identity'],
    account: ['text', 'Account that it lets in; "*" for every account', 'identity'],
    file: ['text', 'File that it stands in, or the program', 'identity'],
    key: ['text', 'SHA256 fingerprint as ssh-keygen prints it; of a principal its name; else ""', 'identity'],
    nth: [
      'int',
      '1 for the first line with this key in the file: sshd takes the first whose options let in',
      'identity',
    ],
    type: ['text', 'ED25519, RSA, ECDSA …; "" where it is no key', 'detail'],
    options: ['list', 'Options before the key, such as from="…", command="…", cert-authority', 'compared'],
    content: ['text', 'Of scripts and programs: the first 16 digits of their SHA-256', 'compared'],
    trouble: ['text', 'Who else may write the file, or a folder above it, up to the home', 'compared'],
    comment: ['text', 'Comment behind the key: whoever wrote the line chose it'],
    uid: ['int', 'User number of the account; -1 for every account'],
    login: ['text', 'What sshd makes of it now: "yes", or why not'],
    line: ['int', 'Line in the file'],
    shared: ['text', 'The first account that the same file lets in, where that is another one; else ""'],
  },
});

/** A row of `ssh-keys`. */
export type SshKeyRow = NonNullable<(typeof sshKeys)['row']>;

const MAX_ROWS = 4000;
const MAX_KEYS = 200;
const UNREADABLE = 'the account itself may not read it';
const DEFAULT_KEY_FILES = ['.ssh/authorized_keys', '.ssh/authorized_keys2'];
const SSHRC = '/etc/ssh/sshrc';

const plain: Omit<SshKeyRow, 'kind' | 'account' | 'file'> = {
  key: '',
  nth: 1,
  type: '',
  options: [],
  content: '',
  trouble: '',
  comment: '',
  uid: -1,
  login: 'yes',
  line: 0,
  shared: '',
};

/** An account with the files that sshd would ask for it. */
interface Asked {
  readonly account: PasswdLine;
  readonly keyFiles: readonly string[];
  readonly principalFiles: readonly string[];
}

export default defineSensor<SshKeyRow>({
  name: 'ssh-keys',
  doc: 'Reads every file of keys that sshd would read, for every account.',
  everyMs: 60_000,
  table: sshKeys,
  look(host) {
    const gaps: Gap[] = [];
    const sshd = readSshd(host, gaps);
    const rows: SshKeyRow[] = everybodysRows(host, sshd, gaps);
    const firstOf = new Map<string, string>();
    for (const asked of askedFiles(host, sshd)) {
      if (rows.length >= MAX_ROWS) break;
      for (const row of accountRows(host, asked, sshd, gaps)) {
        const first = firstOf.get(row.file) ?? row.account;
        firstOf.set(row.file, first);
        rows.push(first === row.account ? row : { ...row, shared: first });
      }
    }
    if (rows.length >= MAX_ROWS) gaps.push({ what: 'SSH keys', why: `more than ${MAX_ROWS}: the rest is not watched` });
    return Promise.resolve({ rows: rows.slice(0, MAX_ROWS), gaps, by: 'sshd_config' });
  },
});

export const sshKeysListener = hearFiles({
  name: 'ssh-keys',
  doc: 'Hears of changes of all files of keys, scripts and settings of sshd.',
  table: 'ssh-keys',
  paths(host) {
    const sshd = readSshd(host, []);
    const paths = new Set([PASSWD, GROUP, SSHRC, ...sshd.paths]);
    for (const { path } of everybodysFiles(sshd)) paths.add(path);
    for (const { account, keyFiles, principalFiles } of askedFiles(host, sshd)) {
      for (const path of [...keyFiles, ...principalFiles]) paths.add(path);
      if (account.home.startsWith('/')) paths.add(join(account.home, '.ssh'));
    }
    return [...paths];
  },
});

/** Odd lines of all files of keys. */
export function oddKeyLines(host: Host): readonly OddFile[] {
  const sshd = readSshd(host, []);
  const odd = everybodysFiles(sshd)
    .filter(({ kind }) => kind === 'user CA')
    .map(({ path }) => oddOf(path, readText(host, path, parseAuthorizedKeys)));
  for (const { account, keyFiles } of askedFiles(host, sshd))
    for (const path of keyFiles) {
      const stat = follow(host, path);
      // A line of a home may be anything, a password that was pasted as well: it is not shown.
      if (!isFailure(stat) && mayRead(account, stat.stat))
        odd.push(oddOf(path, readText(host, path, parseAuthorizedKeys), true));
    }
  return [...sshd.odd, ...odd.filter(({ odd: lines }) => lines.length > 0)];
}

function askedFiles(host: Host, sshd: SshdFiles): readonly Asked[] {
  const groupNames = new Map<number, string>();
  const memberOf = new Map<string, string[]>();
  for (const group of rowsOf(readGroup(host))) {
    if (!groupNames.has(group.gid)) groupNames.set(group.gid, group.name);
    for (const member of group.members) memberOf.set(member, [...(memberOf.get(member) ?? []), group.name]);
  }
  return accountsOf(host).map((account) => {
    const { name, gid } = account;
    const who = { name, groups: [groupNames.get(gid) ?? String(gid), ...(memberOf.get(name) ?? [])] };
    const files = (keyword: string, fallback: readonly string[]): readonly string[] => {
      const values = valuesFor(sshd, keyword, who).map((value) => value ?? fallback);
      return [...new Set(values.flat().flatMap((pattern) => expand(pattern, account)))];
    };
    return {
      account,
      keyFiles: files('authorizedkeysfile', DEFAULT_KEY_FILES),
      principalFiles: files('authorizedprincipalsfile', []),
    };
  });
}

/** Tokens of sshd_config(5) for these directives; "none" is no file. */
function expand(pattern: string, { name, uid, home }: PasswdLine): readonly string[] {
  if (pattern.toLowerCase() === 'none' || !home.startsWith('/')) return [];
  const values: Readonly<Record<string, string>> = { '%%': '%', '%h': home, '%u': name, '%U': String(uid) };
  const path = pattern.replaceAll(/%./g, (token) => values[token] ?? token);
  return [path.startsWith('/') ? path : join(home, path)];
}

function join(folder: string, name: string): string {
  return `${folder === '/' ? '' : folder.replace(/\/+$/, '')}/${name}`;
}

function accountRows(
  host: Host,
  { account, keyFiles, principalFiles }: Asked,
  sshd: SshdFiles,
  gaps: Gap[],
): SshKeyRow[] {
  const { name, uid, home } = account;
  const rows: SshKeyRow[] = [];
  const who = { account: name, uid, login: loginFor(sshd, account) };
  for (const path of keyFiles) rows.push(...keyFileRows(host, path, { account, who, gaps }));
  for (const path of principalFiles)
    for (const { line, principal } of principalsIn(host, path, account, gaps))
      rows.push({ ...plain, ...who, kind: 'principal', file: path, key: principal, line });
  for (const [kind, file] of [
    ['login script', '.ssh/rc'],
    ['environment', '.ssh/environment'],
  ] as const) {
    const path = join(home, file);
    const content = home.startsWith('/') ? valueOf(readBytes(host, path, digest), gaps) : undefined;
    if (content !== undefined) rows.push({ ...plain, ...who, kind, file: path, content });
  }
  return rows;
}

function keyFileRows(
  host: Host,
  path: string,
  of: {
    readonly account: PasswdLine;
    readonly who: Pick<SshKeyRow, 'account' | 'uid' | 'login'>;
    readonly gaps: Gap[];
  },
): SshKeyRow[] {
  const { account, who, gaps } = of;
  const { uid, home } = account;
  const found = follow(host, path);
  if (isFailure(found)) return [];
  const file = { ...plain, ...who, kind: 'key file', file: path };
  if (!mayRead(account, found.stat)) return [{ ...file, trouble: UNREADABLE }];
  const trouble = writableBy(host, path, uid, path.startsWith(`${home}/`) ? home : '/');
  const keys = valueOf(readText(host, path, parseAuthorizedKeys), gaps)?.rows ?? [];
  // Whoever fills a file of his own must not crowd out those of others.
  if (keys.length > MAX_KEYS) gaps.push({ what: path, why: `${keys.length} keys: only ${MAX_KEYS} are watched` });
  const rows: SshKeyRow[] = [{ ...file, trouble }];
  for (const key of keyColumns(keys.slice(0, MAX_KEYS)))
    rows.push({ ...plain, ...who, ...key, kind: 'key', file: path });
  return rows;
}

/**
 * sshd reads these files as the account, we as root: a link to a secret of somebody else must not bring its lines into a
 * row.
 */
function mayRead({ uid, gid }: PasswdLine, stat: FileStat): boolean {
  if (uid === 0 || stat.uid === uid || (stat.mode & 0o004) !== 0) return true;
  return stat.gid === gid && (stat.mode & 0o040) !== 0;
}

function principalsIn(host: Host, path: string, account: PasswdLine, gaps: Gap[]) {
  const stat = follow(host, path);
  if (isFailure(stat) || !mayRead(account, stat.stat)) return [];
  return (valueOf(readText(host, path, parsePrincipals), gaps)?.rows ?? []).slice(0, MAX_KEYS);
}

/** What stands in the way of a login as root; for others the table accounts knows. */
function loginFor(sshd: SshdFiles, { name, uid }: PasswdLine): string {
  if (uid !== 0) return 'yes';
  const values = valuesFor(sshd, 'permitrootlogin', { name, groups: [] });
  const refused = values.every((value) => value?.[0]?.toLowerCase() === 'no');
  return refused ? 'sshd does not let root in (PermitRootLogin no)' : 'yes';
}

interface EverybodysFile {
  readonly kind: 'user CA' | 'key command' | 'principal command' | 'login script';
  readonly path: string;
  readonly args: readonly string[];
  readonly line: number;
}

/** Files and programs that decide for everybody, Match blocks included. */
function everybodysFiles(sshd: SshdFiles): readonly EverybodysFile[] {
  const found: EverybodysFile[] = [{ kind: 'login script', path: SSHRC, args: [], line: 0 }];
  for (const { lines } of sshd.blocks) {
    const seen = new Set<string>();
    for (const { keyword, args, line } of lines) {
      // Of these directives the first line of a block counts.
      if (seen.has(keyword)) continue;
      seen.add(keyword);
      const [path = '', ...rest] = args;
      const kind = KINDS[keyword];
      if (kind !== undefined && path.startsWith('/')) found.push({ kind, path, args: rest, line });
    }
  }
  return found;
}
const KINDS: Readonly<Record<string, EverybodysFile['kind']>> = {
  trustedusercakeys: 'user CA',
  authorizedkeyscommand: 'key command',
  authorizedprincipalscommand: 'principal command',
};

function everybodysRows(host: Host, sshd: SshdFiles, gaps: Gap[]): SshKeyRow[] {
  const rows: SshKeyRow[] = [];
  for (const { kind, path, args, line } of everybodysFiles(sshd)) {
    const trouble = writableBy(host, path, 0);
    if (kind === 'user CA') {
      const keys = valueOf(readText(host, path, parseAuthorizedKeys), gaps)?.rows ?? [];
      for (const key of keyColumns(keys)) rows.push({ ...plain, ...key, kind, account: '*', file: path, trouble });
      continue;
    }
    const content = valueOf(readBytes(host, path, digest, 64 << 20), gaps);
    if (content !== undefined || kind !== 'login script')
      rows.push({
        ...plain,
        kind,
        account: '*',
        file: path,
        options: args,
        content: content ?? 'missing',
        trouble,
        line,
      });
  }
  return rows;
}

function keyColumns(keys: readonly AuthorizedKey[]) {
  const counts = new Map<string, number>();
  return keys.map(({ fingerprint, type, options, comment, line }) => {
    const nth = (counts.get(fingerprint) ?? 0) + 1;
    counts.set(fingerprint, nth);
    return { key: fingerprint, nth, type, options, comment, line };
  });
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Lines of AuthorizedPrincipalsFile: options may stand before the name; sshd_config(5). */
function parsePrincipals(text: string): ParsedConfig<{ readonly line: number; readonly principal: string }> {
  return parseConfig(text, (raw, line) => {
    const content = raw.trim();
    return content === '' || content.startsWith('#') ? {} : { row: { line, principal: content.slice(0, 200) } };
  });
}
