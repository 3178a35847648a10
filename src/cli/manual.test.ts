/** Man pages come from the table of commands: nothing of it may be missing, and those who read them accept them. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { type Command, commonOptions, type Option } from './command.ts';
import { entries } from './commands.ts';
import { exit } from './exit.ts';
import { readFlag } from './flags.ts';
import { exitCodesIn, manualPages } from './manual.ts';

const commands = await Promise.all(entries.map(async (entry) => (await entry.load()).default));
const exits = exitCodesIn(readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8'));
const pages = manualPages({ entries, commands, version: '1.2.3', date: '2026-11-21', exits });

/** What a page says, without its macros: "-" and "\-" are one. */
const plain = (name: string): string => (pages.get(name) ?? '').replaceAll(/\\f[BIR]/g, '').replaceAll('\\-', '-');

function lacks(name: string, command: Command): string[] {
  const options: Option[] = [...(command.options ?? []), ...(command.raw === undefined ? commonOptions : [])];
  const words = options.flatMap(([flags]) => {
    const { short, long, value } = readFlag(flags);
    return [short, long, value];
  });
  const verbs = (command.verbs ?? []).flatMap((verb) => [verb.name].concat(lacks(name, verb)));
  return [...words, ...verbs].filter((word) => word !== '' && !plain(name).includes(word));
}

test('every command has its page with every verb and flag, and telltale.8 names it', () => {
  for (const command of commands) {
    const name = `telltale-${command.name}.8`;
    assert.ok(pages.has(name), name);
    assert.deepEqual(lacks(name, command), [], name);
    assert.ok(plain('telltale.8').includes(`telltale-${command.name} (8)`), command.name);
  }
  assert.deepEqual(lacks('telltale.8', { name: '', summary: '' }), []);
});

test('telltale.8 names every exit code that there is', () => {
  const named = new Set(exits.map(([code]) => Number(code)));
  assert.deepEqual(
    Object.values(exit).filter((code) => !named.has(code)),
    [],
  );
  for (const [code] of exits) assert.ok(plain('telltale.8').includes(`\n.B ${code}\n`), code);
});

test('words that begin like a request, and what roff reads, are shown as they are', () => {
  const odd: Command = { name: 'odd', summary: ".so /etc/shadow \\fB it's", notes: "'ie\n\n  a ~ b" };
  const entry = { name: 'odd', group: 'Look', summary: odd.summary, load: () => Promise.reject(new Error()) } as const;
  const page = manualPages({ entries: [entry], commands: [odd], version: '1', date: '2026-01-01', exits: [] });
  const lines = (page.get('telltale-odd.8') ?? '').split('\n');
  assert.ok(lines.includes('\\&.so /etc/shadow \\efB it\\(aqs.'), lines.join('\n'));
  assert.ok(lines.includes('\\(aqie') && lines.includes('.sp') && lines.includes('  a \\(ti b'));
});

const readers = ['/usr/bin/mandoc', '/usr/bin/man'].filter((program) => !existsSync(program));

test('mandoc and groff find nothing wrong with any page', {
  skip: readers.length === 0 ? false : `needs ${readers.join(' and ')}`,
}, async () => {
  await using temp = await makeTemp();
  const files = [...pages].map(([name, text]) => {
    const file = join(temp.path, name);
    writeFileSync(file, text);
    return file;
  });
  const lint = spawnSync('/usr/bin/mandoc', ['-T', 'lint', '-W', 'warning', ...files], { encoding: 'utf8' });
  assert.equal(lint.stdout + lint.stderr, '');
  const env = { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' };
  const man = spawnSync('/usr/bin/man', ['--warnings', '-l', ...files], { encoding: 'utf8', env });
  assert.equal(man.stderr, '');
  assert.match(man.stdout, /^ {7}-m, --message reason$/m);
  assert.match(man.stdout, /telltale sockets \[filter \.\.\.\] \[options\]/);
});
