/** Watches whether the commands of people are still written down: see docs/sensors/shell-history.md. */

import { posix } from 'node:path';
import { parseHistorySettings } from '#formats/history-settings.ts';
import type { PasswdLine } from '#formats/passwd-lines.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { trimEndOf } from '#lib/trim-end.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { accountsOf, PASSWD } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { globFiles } from './glob-files.ts';
import { readText, valueOf } from './host-file.ts';

export const shellHistory = defineTable({
  name: 'shell-history',
  doc: 'Files in which shells write down commands, and settings that keep them from it.',
  slot: ['kind', 'file'],
  file: 'file',
  columns: {
    kind: ['text', 'history or setting', 'identity'],
    account: ['text', 'Account whose file it is; "*" for a file of all', 'identity'],
    file: ['text', 'Path of the file', 'identity'],
    setting: ['text', 'The line, cut at 200 characters; "" of a history', 'identity'],
    state: ['text', 'Of a history: file, folder, other, or "link to …"', 'compared'],
    sizeStep: ['int', 'How often the size doubled, so that each command is not a change', 'compared'],
    sizeBytes: ['int', 'Size at the last look'],
    uid: ['int', 'User number of the account; -1 for a file of all'],
    line: ['int', 'Of a setting: its line'],
  },
});

/** A row of `shell-history`. */
export type HistoryRow = NonNullable<(typeof shellHistory)['row']>;

const HISTORIES = [
  '.bash_history',
  '.zsh_history',
  '.zhistory',
  '.histfile',
  '.sh_history',
  '.ash_history',
  '.local/share/fish/fish_history',
];
const START_FILES = [
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.bash_logout',
  '.bash_aliases',
  '.profile',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.zlogin',
  '.kshrc',
  '.pam_environment',
];
const OF_ALL = [
  '/etc/profile',
  '/etc/profile.d/*',
  '/etc/bash.bashrc',
  '/etc/bashrc',
  '/etc/environment',
  '/etc/zsh/*',
  '/etc/zshrc',
  '/etc/zshenv',
  '/etc/ksh.kshrc',
];
const NO_LOGIN = /\/(?:nologin|false|true|sync|git-shell)$/;
const MAX_PEOPLE = 500;

export default defineSensor<HistoryRow>({
  name: 'shell-history',
  doc: 'Looks at the history files of all accounts with a shell, and at the start files of shells.',
  everyMs: 60_000,
  table: shellHistory,
  look(host) {
    const gaps: Gap[] = [];
    const rows = OF_ALL.flatMap((pattern) => globFiles(host, pattern))
      .filter((path) => !isLeftOver(posix.basename(path)))
      .flatMap((path) => settingRows(host, path, { name: '*', uid: -1 }, gaps));
    const people = peopleOf(host);
    if (people.length > MAX_PEOPLE)
      gaps.push({ what: 'shell histories', why: `${people.length} accounts: only ${MAX_PEOPLE} are watched` });
    for (const person of people.slice(0, MAX_PEOPLE)) {
      for (const path of filesOf(person, HISTORIES)) {
        const row = historyRow(host, path, person);
        if (row !== undefined) rows.push(row);
      }
      for (const path of filesOf(person, START_FILES)) rows.push(...settingRows(host, path, person, gaps));
    }
    rows.push(...leftBehind(host, rows));
    return Promise.resolve({ rows, gaps, by: 'home directories' });
  },
});

export const shellHistoryListener = hearFiles({
  name: 'shell-history',
  doc: 'Hears of changes of history files and of the start files of shells.',
  table: 'shell-history',
  paths(host) {
    const people = peopleOf(host).slice(0, MAX_PEOPLE);
    const all = OF_ALL.map((pattern) => pattern.replace('/*', ''));
    return [PASSWD, ...all, ...people.flatMap((person) => filesOf(person, [...HISTORIES, ...START_FILES]))];
  },
});

function peopleOf(host: Host): readonly PasswdLine[] {
  return accountsOf(host).filter(({ shell, home }) => home.startsWith('/') && home !== '/' && !NO_LOGIN.test(shell));
}

function filesOf({ home }: PasswdLine, names: readonly string[]): readonly string[] {
  return names.map((name) => `${trimEndOf(home, '/')}/${name}`);
}

function historyRow(host: Host, file: string, { name, uid }: Pick<PasswdLine, 'name' | 'uid'>): HistoryRow | undefined {
  const stat = host.files.stat(file);
  if (isFailure(stat)) return undefined;
  const row = { kind: 'history', account: name, file, setting: '', uid, line: 0 };
  if (stat.type === 'symlink') {
    const target = host.files.readlink(file);
    return { ...row, state: `link to ${isFailure(target) ? '?' : target.slice(0, 200)}`, sizeStep: 0, sizeBytes: 0 };
  }
  const state = stat.type === 'file' ? 'file' : stat.type === 'directory' ? 'folder' : 'other';
  const sizeBytes = stat.type === 'file' ? stat.sizeBytes : 0;
  return { ...row, state, sizeStep: Math.floor(Math.log2(sizeBytes + 1)), sizeBytes };
}

const histories = new WeakMap<Host, ReadonlyMap<string, HistoryRow>>();

/** Histories that belong to nobody any more, as after usermod -d: they are where they were, and nobody removed them. */
function leftBehind(host: Host, rows: readonly HistoryRow[]): readonly HistoryRow[] {
  const now = new Map(rows.flatMap((row) => (row.kind === 'history' ? [[row.file, row] as const] : [])));
  const left: HistoryRow[] = [];
  for (const [file, { account, uid }] of histories.get(host) ?? []) {
    if (now.has(file) || left.length >= MAX_PEOPLE) continue;
    const row = historyRow(host, file, { name: account, uid });
    if (row !== undefined) left.push(row);
  }
  for (const row of left) now.set(row.file, row);
  histories.set(host, now);
  return left;
}

function settingRows(host: Host, file: string, account: Pick<PasswdLine, 'name' | 'uid'>, gaps: Gap[]): HistoryRow[] {
  const found = valueOf(readText(host, file, parseHistorySettings), gaps) ?? [];
  const rows = new Map<string, HistoryRow>();
  for (const { line, text } of found.slice(0, 50)) rows.set(text, settingRow(file, account, { line, text }));
  return [...rows.values()];
}

function settingRow(
  file: string,
  { name, uid }: Pick<PasswdLine, 'name' | 'uid'>,
  { line, text }: { readonly line: number; readonly text: string },
): HistoryRow {
  return { kind: 'setting', account: name, file, setting: text, state: '', sizeStep: 0, sizeBytes: 0, uid, line };
}
