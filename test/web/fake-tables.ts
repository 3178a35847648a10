/** Made-up tables of a host for the tests of the page. */

import type { MarkedRow, TableInfo, Verbs } from '#model/verbs.ts';
import { HOSTILE } from './fake-data.ts';

export const fakeTables: readonly TableInfo[] = [
  {
    name: 'sockets',
    doc: 'Sockets that can receive.',
    key: ['port'],
    compared: [],
    columns: { port: ['int', '', 'identity'] },
    sensor: 'sockets',
    everyMs: 10_000,
  },
  {
    name: 'accounts',
    doc: 'Accounts as the system reads them.',
    key: ['name'],
    compared: ['uid', 'login', 'shell'],
    columns: {
      name: ['text', 'Name', 'identity'],
      uid: ['int', 'Number', 'compared'],
      login: ['text', 'How it can be entered', 'compared'],
      shell: ['text', 'Login shell', 'compared'],
      gecos: ['text', 'Full name'],
      locked: ['bool', 'Locked'],
    },
    sensor: 'accounts',
    everyMs: 60_000,
  },
  {
    name: 'groups',
    doc: 'Groups and who is in them.',
    key: ['name'],
    compared: ['members'],
    columns: { name: ['text', 'Name', 'identity'], members: ['list', 'Members', 'compared'] },
    sensor: 'groups',
    everyMs: 60_000,
  },
  {
    name: 'start-points',
    doc: 'What starts programs unasked.',
    key: ['kind', 'path', 'name'],
    compared: ['user', 'command'],
    columns: {
      kind: ['text', 'Kind', 'identity'],
      path: ['text', 'File', 'identity'],
      name: ['text', 'Name', 'identity'],
      user: ['text', 'As whom', 'compared'],
      command: ['text', 'What', 'compared'],
    },
    sensor: 'start-points',
    everyMs: 60_000,
  },
];

/** Rows of a made-up table other than the sockets. */
export function fakeRows(table: string, nowMs: number): Verbs['rows']['result'] {
  const sinceMs = nowMs - 18 * 86_400_000;
  const known = (row: MarkedRow['row']): MarkedRow => ({ row, mark: 'known', sinceMs });
  const rows: Readonly<Record<string, readonly MarkedRow[]>> = {
    accounts: [
      known({ name: 'root', uid: 0, login: 'with a password', shell: '/bin/bash', gecos: 'root', locked: false }),
      known({ name: 'marta', uid: 1000, login: 'with a key only', shell: '/bin/zsh', gecos: 'Marta', locked: true }),
      {
        row: { name: 'toor', uid: 0, login: 'without a password', shell: '/bin/sh', gecos: HOSTILE, locked: false },
        mark: 'new',
        sinceMs: nowMs - 60_000,
      },
    ],
    groups: [known({ name: 'sudo', members: ['marta', 'bob'] })],
    'start-points': [
      known({
        kind: 'cron',
        path: '/etc/cron.d/backup',
        name: 'line 3',
        user: 'root',
        command: '/usr/local/bin/backup --all',
      }),
    ],
  };
  return { rows: rows[table] ?? [], gaps: [], by: 'made-up files', takenMs: nowMs - 4000 };
}

/** A check that was blind for a while, and a stop. */
export function fakeCoverage(nowMs: number): Verbs['coverage']['result'] {
  const hour = 3_600_000;
  return {
    fromMs: nowMs - 7 * 24 * hour,
    spans: [
      { what: 'accounts', why: 'Sensor "accounts" cannot look: EIO', fromMs: nowMs - 5 * hour, untilMs: 0 },
      { what: 'everything', why: 'The watch was stopped', fromMs: nowMs - 50 * hour, untilMs: nowMs - 44 * hour },
    ],
  };
}
