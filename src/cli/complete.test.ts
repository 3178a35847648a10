/** Completion: what may stand next, and that the shells really ask for it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import type { Command } from './command.ts';
import { entries } from './commands.ts';
import { complete, type Live } from './complete.ts';
import { filterWords, operandKinds } from './completion-kinds.ts';
import { scripts } from './completion-scripts.ts';
import { readFlag } from './flags.ts';

const live: Live = {
  values: (kind) => Promise.resolve([[`${kind}-1`, `one of ${kind}`]]),
  column: (table, column) => Promise.resolve([[`${table}-${column}`, '']]),
};

async function after(...words: string[]): Promise<readonly string[]> {
  const { candidates, shell } = await complete(words, live);
  return [...candidates.map(([value]) => value), ...(shell === 'nothing' ? [] : [`:${shell}`])];
}

test('every command, verb and flag is offered', async () => {
  const names = await after('');
  assert.deepEqual(names, [...entries.map(({ name }) => name), 'help']);
  const flagsOf = async (words: readonly string[], command: Command): Promise<void> => {
    const offered = await after(...words, '-');
    for (const [flags] of command.options ?? []) {
      const { short, long } = readFlag(flags);
      for (const name of [short, long]) assert.ok(name === '' || offered.includes(name), `${words.join(' ')} ${name}`);
    }
  };
  for (const entry of entries) {
    const { default: command } = await entry.load();
    await flagsOf([entry.name], command);
    const verbs = (command.verbs ?? []).map(({ name }) => name);
    const offered = await after(entry.name, '');
    assert.deepEqual(
      verbs.filter((name) => !offered.includes(name)),
      [],
    );
    for (const verb of command.verbs ?? []) await flagsOf([entry.name, verb.name], verb);
  }
});

test('kinds are named for commands that are there and take operands', async () => {
  for (const path of Object.keys(operandKinds)) {
    const [name = '', verb] = path.split(' ');
    if (name === 'help') continue;
    const entry = entries.find((candidate) => candidate.name === name);
    const command = (await entry?.load())?.default;
    const named = verb === undefined ? command : command?.verbs?.find((candidate) => candidate.name === verb);
    assert.ok(named?.operands !== undefined, path);
  }
});

test('filters are the words that the commands take', async () => {
  for (const [kind, command] of [
    ['socket filters', 'sockets'],
    ['process filters', 'processes'],
  ] as const)
    for (const word of Object.keys(filterWords[kind].columns)) {
      const { stderr } = spawnSync(
        process.execPath,
        [resolve(import.meta.dirname, '../main.ts'), command, word, '1', 'x', '1', '--state-dir', '/nowhere'],
        { encoding: 'utf8' },
      );
      assert.match(stderr, /^telltale: Unknown filter "x"/);
    }
});

const lines: readonly [line: string, expected: readonly string[]][] = [
  ['sock', ['sockets']],
  ['baseline ', ['generate', 'compare', 'delete', 'show', 'diff']],
  ['baseline ge', ['generate']],
  ['baseline show ', ['versions-1']],
  ['baseline compare --ma', ['--mail']],
  ['--config x baseline ge', ['generate']],
  ['baseline --json ge', ['generate']],
  ['show ', ['alerts-1', 'tables-1']],
  ['show files-1 ', []],
  ['ack a b ', ['alerts-1']],
  ['ack a -m ', []],
  ['accept -m why ', ['alerts-1']],
  ['sockets po', ['port']],
  ['sockets port ', ['sockets-port']],
  ['sockets -tln port 22 user ', ['sockets-user']],
  ['sockets --watch ', ['port', 'user', 'pid', 'program', 'unit', 'package', 'address']],
  ['processes program ', ['processes-comm']],
  ['daemon --ready-file ', [':files']],
  ['daemon --ready-file=', [':files']],
  ['check --state-dir ', [':folders']],
  ['import lsm ', [':files']],
  ['import lsm --write ', [':files']],
  ['logrotate -s ', [':files']],
  ['logrotate --st', ['--state']],
  ['help ba', ['baseline']],
  ['completion z', ['zsh']],
  ['nonsense ', []],
  ['ack -- --', []],
];
for (const [line, expected] of lines)
  test(`telltale ${line}: ${expected.join(' ') || 'nothing'}`, async () => {
    assert.deepEqual(await after(...line.split(' ')), expected);
  });

/** A folder with `telltale` in it, and the script of a shell. */
async function withShell(shell: keyof typeof scripts) {
  const temp = await makeTemp();
  const bin = join(temp.path, 'bin');
  mkdirSync(bin);
  symlinkSync(resolve(import.meta.dirname, '../../bin/telltale'), join(bin, 'telltale'));
  const script = join(temp.path, 'script');
  writeFileSync(script, scripts[shell]);
  writeFileSync(join(temp.path, 'some.yaml'), '');
  mkdirSync(join(temp.path, 'some.d'));
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: temp.path,
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    TELLTALE_STATE_DIR: '/nowhere',
  };
  const run = (args: readonly string[]) => {
    const ran = spawnSync(`/usr/bin/${shell}`, args, { encoding: 'utf8', env, cwd: temp.path, timeout: 30_000 });
    return { stdout: ran.stdout, stderr: ran.stderr };
  };
  return { script, run, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

const missing = (shell: string): string | false => (existsSync(`/usr/bin/${shell}`) ? false : `needs ${shell}`);

test('bash completes a command, a flag, a file and a value behind "="', { skip: missing('bash') }, async () => {
  await using at = await withShell('bash');
  // What readline does: the line, the place, and the words as COMP_WORDBREAKS parts them.
  const press = `
    press() { COMP_LINE=$1 COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _telltale; echo "\${COMPREPLY[*]}"; }
    source "$0"
    press 'telltale sock' telltale sock
    press 'telltale baseline ' telltale baseline ''
    press 'telltale verify --asc' telltale verify --asc
    press 'telltale import lsm some' telltale import lsm some
    press 'telltale check --state-dir some' telltale check --state-dir some
    press 'telltale daemon --ready-file=some' telltale daemon --ready-file = some
    press 'telltale explain views' telltale explain views
    complete -p telltale`;
  const { stdout, stderr } = at.run(['--noprofile', '--norc', '-c', press, at.script]);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trim().split('\n'), [
    'sockets',
    'generate compare delete show diff',
    '--ascii',
    'some.yaml some.d',
    'some.d',
    'some.yaml some.d',
    'views-disagree',
    'complete -F _telltale telltale',
  ]);
});

test('fish completes a command, a flag and a file', { skip: missing('fish') }, async () => {
  await using at = await withShell('fish');
  const asked = ['telltale sock', 'telltale verify --asc', 'telltale import lsm some.y'];
  const { stdout } = at.run([
    '--no-config',
    '-c',
    `source $argv[1]; for line in $argv[2..-1]; complete -C $line; end`,
    at.script,
    ...asked,
  ]);
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]),
    ['sockets', '--ascii', 'some.yaml'],
  );
});

test('zsh completes a command and a file at a real prompt', { skip: missing('zsh') }, async () => {
  await using at = await withShell('zsh');
  const play = `
    zmodload zsh/zpty; zpty prompt zsh -f -i
    say() { zpty -w prompt "$1"; }
    say 'PS1=; autoload -Uz compinit; compinit -u -D; source '$1'; print rea''dy'
    zpty -r prompt seen '*ready*'
    for line in 'telltale baseline ge' 'telltale import lsm some.y'; do
      say "$line"$'\\t\\C-aprint -r -- "<" '; zpty -r prompt seen $'*\\n< *\\n'
      print -r -- "$\{seen##*<}"
    done`;
  const { stdout } = at.run(['-f', '-c', play, 'zsh', at.script]);
  const typed = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('telltale'));
  assert.deepEqual(typed, ['telltale baseline generate', 'telltale import lsm some.yaml']);
});
