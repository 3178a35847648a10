import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseSudoers, type SudoersLine } from './sudoers.ts';

const CVTSUDOERS = '/usr/bin/cvtsudoers';
const skip = existsSync(CVTSUDOERS) ? false : 'needs sudo';

const TEXT = String.raw`
# a comment does not go on \
hidden ALL = /bin/true
Defaults	env_reset, !lecture, secure_path="/usr/sbin:/usr/bin"
Defaults:bob,%ops !authenticate
Defaults@web1 log_output
Defaults>root !set_logname
Defaults env_keep += "LD_PRELOAD HOME"
User_Alias ADMINS = marta, #1005, %ops : GUESTS = eve
Host_Alias WEB = web1, 10.0.0.0/8, 2001:db8::1
Runas_Alias DB = postgres, mysql
Cmnd_Alias SHELLS = /bin/sh, /bin/bash -l, \
    /usr/bin/less
root	ALL=(ALL:ALL) ALL
%sudo ALL = ( ALL : ALL ) ALL
ADMINS WEB = (DB) NOPASSWD: /usr/bin/psql, SHELLS, PASSWD: /bin/ls : db1 = SETENV: NOPASSWD: ALL, !SHELLS
"some one" ALL = sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /bin/ls, sudoedit /etc/motd
eve ALL = /usr/bin/tar cf - \*, /bin/echo a\,b\:c\=d # not this
#1001 ALL=(root) CWD=/tmp /bin/true
!!eve fe80::/10, !web1 = !!/bin/cat, !!!/bin/dd
bob ALL
marta WEB = (
`;

test('parseSudoers() reads every kind of line, and goes on behind those that it cannot read', () => {
  const { rows, odd } = parseSudoers(TEXT);
  assert.deepEqual(
    odd.map(({ line, problem }) => [line, problem]),
    [
      [21, 'is no rule: "who host = commands" is wanted'],
      [22, 'is no rule: its commands cannot be read'],
    ],
  );
  const rule = rows.filter((row) => row.kind === 'rule')[3];
  assert.deepEqual(rule?.commands, [
    { asUsers: ['DB'], asGroups: [], tags: ['NOPASSWD'], command: '/usr/bin/psql' },
    { asUsers: ['DB'], asGroups: [], tags: ['NOPASSWD'], command: 'SHELLS' },
    { asUsers: ['DB'], asGroups: [], tags: ['PASSWD'], command: '/bin/ls' },
  ]);
  assert.deepEqual(parseSudoers('@include /etc/a\\ b\n#includedir "/etc/sudoers.d"\n#include\n# include x\n').rows, [
    { line: 1, kind: 'include', path: '/etc/a b' },
    { line: 2, kind: 'includedir', path: '/etc/sudoers.d' },
  ] satisfies SudoersLine[]);
});

interface Item {
  readonly [kind: string]: string | number | boolean | undefined;
}
interface Json {
  readonly User_Specs: readonly {
    readonly User_List: readonly Item[];
    readonly Host_List: readonly Item[];
    readonly Cmnd_Specs: readonly {
      readonly runasusers?: readonly Item[];
      readonly runasgroups?: readonly Item[];
      readonly Options?: readonly Item[];
      readonly Commands: readonly Item[];
    }[];
  }[];
}

const PREFIX: Readonly<Record<string, string>> = { usergroup: '%', userid: '#', usergid: '%#' };
const nameOf = (item: Item): string => {
  const [kind, value] = Object.entries(item).find(([key]) => key !== 'negated' && !key.startsWith('sha')) ?? [];
  return `${item['negated'] === true ? '!' : ''}${PREFIX[kind ?? ''] ?? ''}${String(value)}`;
};
const names = (items: readonly Item[] = []): string => items.map(nameOf).join(',');

test('parseSudoers() says what cvtsudoers of sudo says', { skip }, () => {
  // sudo 1.9.13 writes no JSON for CWD.
  const sound = TEXT.split('\n').slice(0, -3).join('\n').replace('some one', 'someone').replace('CWD=/tmp ', '');
  const said = execFileSync(CVTSUDOERS, ['-f', 'json'], {
    input: sound,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const wanted: string[] = [];
  for (const spec of (JSON.parse(said) as Json).User_Specs)
    for (const commands of spec.Cmnd_Specs)
      for (const command of commands.Commands) {
        const free = commands.Options?.some((option) => option['authenticate'] === false) === true;
        wanted.push(
          `${names(spec.User_List)} ${names(spec.Host_List)} (${names(commands.runasusers)}:${names(commands.runasgroups).replaceAll('%', '')}) ${free} ${nameOf(command)}`,
        );
      }
  const ours = parseSudoers(sound).rows.flatMap((row) =>
    row.kind !== 'rule'
      ? []
      : row.commands.map(
          ({ asUsers, asGroups, tags, command }) =>
            `${row.users.join(',')} ${row.hosts.join(',')} (${asUsers.join(',')}:${asGroups.join(',')}) ${tags.includes('NOPASSWD')} ${command.replace(/^sha\S+ /, '').replaceAll(/\\([,:=])/g, '$1')}`,
        ),
  );
  assert.deepEqual(ours, wanted);
  assert.ok(ours.length > 10);
});

test('parseSudoers() accounts for every logical line of any text', () => {
  const words = fc
    .array(
      fc.constantFrom(
        'bob',
        ' ',
        'ALL',
        '=',
        ',',
        ':',
        '(',
        ')',
        '\\',
        '\n',
        '"',
        '!',
        '#',
        'Defaults',
        'NOPASSWD:',
        'User_Alias',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(words, fc.string({ unit: 'binary' })), (text) => {
      const { rows, odd, skipped, lines } = parseSudoers(text);
      assert.equal(
        new Set(rows.map(({ line }) => line)).size + skipped + odd.filter(({ ignored }) => ignored).length,
        lines,
      );
    }),
  );
});
