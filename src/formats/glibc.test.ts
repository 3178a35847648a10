/** The parsers of accounts, groups and hosts held to the C library itself, in a mount namespace with made-up files. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { parseGroupLines } from './group-lines.ts';
import { parsePasswdLines, parseShadowLines } from './passwd-lines.ts';
import { parseHosts } from './resolver.ts';

const skip = needsRoot();

/** What a program prints with this text in place of a file of /etc. */
async function ask(file: string, text: string, ...command: readonly string[]): Promise<readonly string[]> {
  await using temp = await makeTemp();
  const [path, sources] = [join(temp.path, 'file'), join(temp.path, 'nsswitch.conf')];
  writeFileSync(path, text);
  writeFileSync(sources, 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n');
  const script = 'mount --bind "$1" "$2"; mount --bind "$3" /etc/nsswitch.conf; shift 3; "$@" || true';
  const asked = ['-m', '/bin/sh', '-ec', script, 'sh', path, file, sources, ...command];
  return execFileSync('/usr/bin/unshare', asked, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

const PYTHON = '/usr/bin/python3';
const GETPWENT = 'import pwd\nfor p in pwd.getpwall(): print(p.pw_name, p.pw_uid, p.pw_gid, p.pw_shell)';
const GETGRENT = 'import grp\nfor g in grp.getgrall(): print(g.gr_name, g.gr_gid, ",".join(g.gr_mem))';

test('parsePasswdLines() takes the lines that getpwent takes', { skip }, async () => {
  const text = [
    'root:x:0:0:root:/root:/bin/bash',
    '# comment:x:1:1::/:/bin/sh',
    '',
    '  blank:x:2:2::/:/bin/sh',
    'short:x:3:3',
    'plus:x:+4:4::/:/bin/sh',
    'space:x: 5:5::/:/bin/sh',
    'minus:x:-6:6::/:/bin/sh',
    'huge:x:99999999999:7::/:/bin/sh',
    'wrap:x:-18446744073709551615:8::/:/bin/sh',
    'most:x:4294967294:8::/:/bin/sh',
    'hex:x:0x8:8::/:/bin/sh',
    'empty:x::9::/:/bin/sh',
    'behind:x:10 :10::/:/bin/sh',
    'colon:x:11:11::/:/bin/sh:-x',
    'nogid:x:12',
    'one',
    'root:x:13:13::/:/bin/sh',
    'zeros:x:000:0::/:/bin/sh',
    'last:x:14:14::/:/bin/sh',
  ].join('\n');
  const taken = await ask('/etc/passwd', `${text}\n`, PYTHON, '-c', GETPWENT);
  const ours = parsePasswdLines(text).rows.map(({ name, uid, gid, shell }) => `${name} ${uid} ${gid} ${shell}`);
  assert.deepEqual(ours, taken);
  assert.ok(taken.length > 8);
});

test('parseGroupLines() takes the lines that getgrent takes', { skip }, async () => {
  const text =
    'root:x:0:\n#c:x:1:\n  blank:x:2:a, b\nshort:x:3\nbad:x:\nword:x:w:a\nplus:x:+4:a,,b\ncolon:x:5:a:b\none\nlast:x:6:a\n';
  const taken = await ask('/etc/group', text, PYTHON, '-c', GETGRENT);
  assert.deepEqual(
    parseGroupLines(text).rows.map(({ name, gid, members }) => `${name} ${gid} ${members.join(',')}`),
    taken,
  );
});

test('parseShadowLines() takes the lines that getspent takes', { skip }, async () => {
  const text =
    'root:*:19000:0:99999:7:::\nold:*:1:0:9\nmore:*:1:0:9:\nfew:*:1:0\nno:x\nbad:x:q:::::\nempty::1:0:9:7:::\nlast:!:1::::30:20000:\nnone:*:::::::\n';
  const taken = (await ask('/etc/shadow', text, '/usr/bin/getent', 'shadow')).map((line) =>
    line.split(':').slice(0, 2).join(' '),
  );
  assert.deepEqual(
    parseShadowLines(text).rows.map(({ name, password }) => `${name} ${password}`),
    taken,
  );
});

test('parseHosts() leads where the C library leads', { skip }, async () => {
  const text =
    '127.0.0.1 localhost\nalone\n10.0.0.9 Evil.Example alias # x\n# 10.0.0.8 evil.example\n10.0.0.300 bad.example\n  10.0.0.7\tspaced.example\n';
  const rows = parseHosts(text).rows;
  for (const name of ['localhost', 'evil.example', 'alias', 'bad.example', 'spaced.example', 'alone']) {
    const [line] = await ask('/etc/hosts', text, '/usr/bin/getent', 'ahostsv4', name);
    const ours = rows.find(({ names }) => names.includes(name))?.address;
    assert.equal(ours, line?.split(' ')[0], name);
  }
});
