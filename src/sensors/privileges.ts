/** Watches who may act as somebody else: see docs/sensors/privileges.md. */

import { createHash } from 'node:crypto';
import { parseDoasConf } from '#formats/doas-conf.ts';
import { parsePkla } from '#formats/pkla.ts';
import type { SudoCommand, SudoersLine } from '#formats/sudoers.ts';
import type { Host } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { accountsOf, type OddFile, oddOf } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { writableBy } from './file-trouble.ts';
import { globFiles } from './glob-files.ts';
import { readBytes, readText, valueOf } from './host-file.ts';
import { oddSudoersLines, readSudoers, type SudoersFiles } from './sudoers-files.ts';

export const privileges = defineTable({
  name: 'privileges',
  doc: 'Who may act as whom, by sudo, doas and polkit, with aliases and included files taken together.',
  slot: ['kind', 'who'],
  file: 'file',
  columns: {
    kind: ['text', 'sudo, sudo default, doas, polkit, or file (one that such rules stand in)', 'identity'],
    who: [
      'text',
      'Account, %group, #number, ALL; of a Defaults its scope (":bob", "" for all); of polkit its identity',
      'identity',
    ],
    host: ['text', 'Hosts on which it holds', 'identity'],
    runAs: ['text', 'Users as whom it may be run, ":" and groups', 'identity'],
    command: ['text', 'Command, setting or action; aliases written out, at most 500 characters', 'identity'],
    password: ['text', 'asked, not asked, or denied', 'identity'],
    content: ['text', 'Of scripts of polkit: the first 16 digits of their SHA-256', 'compared'],
    trouble: ['text', 'Who else may write the file', 'compared'],
    tags: ['list', 'NOPASSWD, SETENV, CHROOT=… and the like'],
    file: ['text', 'File that it stands in'],
    line: ['int', 'Line in the file'],
  },
});

/** A row of `privileges`. */
export type PrivilegeRow = NonNullable<(typeof privileges)['row']>;

const DOAS = '/etc/doas.conf';
const POLKIT_RULES = ['/etc', '/run', '/usr/local/share', '/usr/share'].map((top) => `${top}/polkit-1/rules.d`);
const PKLA = ['/etc/polkit-1/localauthority', '/var/lib/polkit-1/localauthority'];
const MAX_ROWS = 2000;
const MAX_TEXT = 500;

const plain: Omit<PrivilegeRow, 'kind' | 'file' | 'line'> = {
  who: '',
  host: 'ALL',
  runAs: '',
  command: '',
  password: 'asked',
  content: '',
  trouble: '',
  tags: [],
};

export default defineSensor<PrivilegeRow>({
  name: 'privileges',
  doc: 'Reads sudoers, doas.conf and the rules of polkit.',
  everyMs: 60_000,
  table: privileges,
  look(host) {
    const gaps: Gap[] = [];
    const sudoers = readSudoers(host, gaps);
    const rows = [...sudoRows(sudoers), ...doasRows(host, gaps), ...polkitRows(host, gaps)];
    for (const file of new Set([...sudoers.files, ...rows.map(({ file }) => file)]))
      rows.push({
        ...plain,
        kind: 'file',
        command: file,
        trouble: writableBy(host, file, polkitd(host, file)),
        file,
        line: 0,
      });
    if (rows.length > MAX_ROWS)
      gaps.push({ what: 'sudoers', why: `${rows.length} rules: only ${MAX_ROWS} are watched` });
    return Promise.resolve({ rows: rows.slice(0, MAX_ROWS), gaps, by: 'sudoers, doas.conf, polkit' });
  },
});

export const privilegesListener = hearFiles({
  name: 'privileges',
  doc: 'Hears of changes of sudoers, doas.conf and the rules of polkit.',
  table: 'privileges',
  paths: (host) => [...readSudoers(host, []).paths, DOAS, ...POLKIT_RULES, ...PKLA],
});

/** Odd lines of sudoers and doas.conf. */
export function oddPrivilegeLines(host: Host): readonly OddFile[] {
  return [...oddSudoersLines(host), oddOf(DOAS, readText(host, DOAS, parseDoasConf))];
}

/** The folders of polkit's rules belong to its own account on Debian, which reads them only. */
function polkitd(host: Host, file: string): number {
  if (!file.includes('/polkit-1/')) return 0;
  return accountsOf(host).find(({ name }) => name === 'polkitd')?.uid ?? 0;
}

type Given = Partial<PrivilegeRow> & Pick<PrivilegeRow, 'kind' | 'file' | 'line'>;

function rowOf(given: Given): PrivilegeRow {
  return { ...plain, ...given };
}

function sudoRows(sudoers: SudoersFiles): PrivilegeRow[] {
  const defaults: PrivilegeRow[] = [];
  const rules: PrivilegeRow[] = [];
  const free = freeOfPasswords(sudoers);
  for (const { file, entry } of sudoers.lines) {
    if (entry.kind === 'default')
      defaults.push(
        rowOf({ kind: 'sudo default', who: entry.scope, command: cut(entry.setting), file, line: entry.line }),
      );
    else if (entry.kind === 'rule') rules.push(...ruleRows(sudoers, entry, { file, free }));
  }
  return [...defaults, ...rules];
}

/** Whom "Defaults !authenticate" spares the password: names, or ALL. */
function freeOfPasswords(sudoers: SudoersFiles): ReadonlySet<string> {
  const free = new Set<string>();
  for (const { entry } of sudoers.lines) {
    if (entry.kind !== 'default' || entry.setting !== '!authenticate') continue;
    if (entry.scope === '') free.add('ALL');
    else if (entry.scope.startsWith(':'))
      for (const name of sudoers.expand('User', entry.scope.slice(1).split(','))) free.add(name);
  }
  return free;
}

function ruleRows(
  sudoers: SudoersFiles,
  entry: SudoersLine & { readonly kind: 'rule' },
  { file, free }: { readonly file: string; readonly free: ReadonlySet<string> },
): PrivilegeRow[] {
  const host = sudoers.expand('Host', entry.hosts).join(', ');
  const rows: PrivilegeRow[] = [];
  for (const who of subjects(sudoers.expand('User', entry.users)))
    for (const spec of entry.commands) {
      const password = passwordOf(spec, free.has('ALL') || free.has(who));
      const command = cut(sudoers.expand('Cmnd', [spec.command]).join(', '));
      const { tags } = spec;
      const runAs = runAsOf(sudoers, spec);
      rows.push(rowOf({ kind: 'sudo', who, host, runAs, command, password, tags, file, line: entry.line }));
    }
  return rows;
}

/** Each member by itself; those taken out with "!" are said with each: "ALL except eve". */
function subjects(users: readonly string[]): readonly string[] {
  const out = users.filter((user) => user.startsWith('!')).map((user) => user.slice(1));
  const except = out.length === 0 ? '' : ` except ${out.join(', ')}`;
  return users.filter((user) => !user.startsWith('!')).map((user) => `${user}${except}`);
}

function passwordOf(spec: SudoCommand, free: boolean): string {
  if (spec.tags.includes('NOPASSWD')) return 'not asked';
  return free && !spec.tags.includes('PASSWD') ? 'not asked' : 'asked';
}

function runAsOf(sudoers: SudoersFiles, { asUsers, asGroups }: SudoCommand): string {
  const users = sudoers.expand('Runas', asUsers).join(', ');
  const groups = sudoers.expand('Runas', asGroups).join(', ');
  if (groups !== '') return `${users}:${groups}`;
  return users === '' ? 'root' : users;
}

function doasRows(host: Host, gaps: Gap[]): PrivilegeRow[] {
  const rules = valueOf(readText(host, DOAS, parseDoasConf), gaps)?.rows ?? [];
  return rules.map((rule) =>
    rowOf({
      kind: 'doas',
      who: rule.who.replace(/^:/, '%'),
      runAs: rule.target || 'ALL',
      command: cut(rule.command || 'ALL'),
      password: !rule.permit ? 'denied' : rule.options.includes('nopass') ? 'not asked' : 'asked',
      tags: rule.options,
      file: DOAS,
      line: rule.line,
    }),
  );
}

function polkitRows(host: Host, gaps: Gap[]): PrivilegeRow[] {
  const rows: PrivilegeRow[] = [];
  for (const file of POLKIT_RULES.flatMap((folder) => globFiles(host, `${folder}/*.rules`))) {
    const script = valueOf(readBytes(host, file, scriptOf), gaps);
    if (script === undefined) continue;
    rows.push({ ...plain, ...script, kind: 'polkit', who: 'script', runAs: 'root', file, line: 0, command: file });
  }
  for (const file of PKLA.flatMap((folder) => globFiles(host, `${folder}/*/*.pkla`)))
    for (const { line, identity, action, results } of valueOf(readText(host, file, parsePkla), gaps) ?? [])
      rows.push({
        ...plain,
        kind: 'polkit',
        who: identity,
        runAs: 'root',
        command: cut(action),
        password: results.includes('yes') ? 'not asked' : 'asked',
        tags: results,
        file,
        line,
      });
  return rows;
}

/** A script can say yes to anything: whether it does is a guess by its words, its digest tells of changes. */
function scriptOf(bytes: Buffer): { readonly content: string; readonly password: string } {
  const free = /polkit\.Result\.YES|['"]yes['"]/.test(bytes.toString('latin1'));
  return {
    content: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
    password: free ? 'not asked' : 'asked',
  };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
