/** Watches who is a member of which group: see docs/sensors/groups.md. */

import type { GroupLine, GshadowLine } from '#formats/group-lines.ts';
import { passwordState } from '#formats/passwd-lines.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import {
  accountsOf,
  GROUP,
  GSHADOW,
  missingGap,
  PASSWD,
  readGroup,
  readGshadow,
  readPasswd,
  rowsOf,
} from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { valueOf } from './host-file.ts';
import { sourceTeller } from './row-source.ts';

export const groups = defineTable({
  name: 'groups',
  doc: 'Groups with their members, a row a line of group, as the system reads them.',
  slot: ['name'],
  file: 'file',
  columns: {
    name: ['text', 'Name; "+…" and "-…" are lines for NIS', 'identity'],
    nth: ['int', '1 for the first line of this name, which is the one that the system uses', 'identity'],
    gid: ['int', 'Group number; -1 where a line for NIS leaves it open', 'compared'],
    members: ['list', 'Accounts named in the line; at most 200', 'compared'],
    primary: ['list', 'Accounts whose primary group it is; at most 200', 'compared'],
    memberCount: ['int', 'How many of both there are', 'compared'],
    password: ['text', 'set: whoever knows it may join with newgrp; none, or empty', 'compared'],
    admins: ['list', 'Accounts that may change the members', 'compared'],
    line: ['int', 'Line in group'],
    file: ['text', 'The file of the two, group or gshadow, whose part of the row changed last'],
  },
});

/** A row of `groups`. */
export type GroupRow = NonNullable<(typeof groups)['row']>;

const saySource = sourceTeller<GroupRow>(groups, {
  first: { path: GROUP, columns: ['gid', 'members', 'primary'] },
  second: { path: GSHADOW, columns: ['password', 'admins'] },
});
const MAX_GROUPS = 5000;
const MAX_MEMBERS = 200;

export default defineSensor<GroupRow>({
  name: 'groups',
  doc: 'Reads group and gshadow, and the primary groups of passwd.',
  everyMs: 60_000,
  table: groups,
  look(host) {
    const gaps: Gap[] = [];
    const group = readGroup(host);
    const gshadow = readGshadow(host);
    const passwd = readPasswd(host);
    gaps.push(...missingGap(passwd), ...missingGap(group));
    // Without passwd nobody has a primary group: what stood before is kept.
    const lines = passwd.state === 'missing' ? [] : (valueOf(group, gaps)?.rows ?? []);
    valueOf(gshadow, gaps);
    const secrets = new Map<string, GshadowLine>();
    for (const line of rowsOf(gshadow)) if (!secrets.has(line.name)) secrets.set(line.name, line);
    const primaries = new Map<number, string[]>();
    for (const { gid, name } of accountsOf(host)) primaries.set(gid, [...(primaries.get(gid) ?? []), name]);
    if (lines.length > MAX_GROUPS)
      gaps.push({ what: GROUP, why: `${lines.length} lines: only ${MAX_GROUPS} are watched` });
    const counts = new Map<string, number>();
    const rows = lines.slice(0, MAX_GROUPS).map((line) => {
      const nth = (counts.get(line.name) ?? 0) + 1;
      counts.set(line.name, nth);
      return rowOf(line, { secret: secrets.get(line.name), primary: primaries.get(line.gid) ?? [], nth });
    });
    saySource(host, rows);
    return Promise.resolve({ rows, gaps, by: GROUP });
  },
});

export const groupsListener = hearFiles({
  name: 'groups',
  doc: 'Hears of changes of group, gshadow and passwd.',
  table: 'groups',
  paths: () => [GROUP, GSHADOW, PASSWD],
  // A new account brings its primary group: that is part of what is told of it.
  others: [PASSWD],
});

function rowOf(
  line: GroupLine,
  at: {
    readonly secret: GshadowLine | undefined;
    readonly primary: readonly string[];
    readonly nth: number;
  },
): GroupRow {
  const { secret, primary, nth } = at;
  const field = line.password === 'x' ? (secret?.password ?? '!') : line.password;
  const state = passwordState(field);
  return {
    name: line.name,
    nth,
    gid: line.gid,
    members: line.members.slice(0, MAX_MEMBERS),
    primary: primary.slice(0, MAX_MEMBERS),
    memberCount: line.members.length + primary.length,
    password: state === 'locked' ? 'none' : state,
    admins: secret?.admins ?? [],
    line: line.line,
    file: GROUP,
  };
}
