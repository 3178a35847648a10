import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { parseAuthorizedKeys } from './authorized-keys.ts';
import { publicPartOf } from './ssh-public-key.ts';
import { parseSshdConfig, splitArgs } from './sshd-config.ts';

const KEYGEN = '/usr/bin/ssh-keygen';
const skip = existsSync(KEYGEN) ? false : 'needs openssh-client';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2e8VyMAxh2dQbcwrnLxK4f1cQYfyhH2eXJcKXSl0sE';

test('parseSshdConfig() splits as sshd does', () => {
  const { rows, odd, skipped } = parseSshdConfig(
    '# a\n\nPort=22\n  PermitRootLogin  "yes" # why\n"X11Forwarding" no\nBanner\nMatch User "a b" Host *\nBanner "x\nChallengeResponseAuthentication = no\t\f\n',
  );
  assert.deepEqual(
    rows.map(({ line, keyword, args }) => [line, keyword, args]),
    [
      [3, 'port', ['22']],
      [4, 'permitrootlogin', ['yes']],
      [5, 'x11forwarding', ['no']],
      [7, 'match', ['User', 'a b', 'Host', '*']],
      [9, 'kbdinteractiveauthentication', ['no']],
    ],
  );
  assert.deepEqual(
    odd.map(({ line }) => line),
    [6, 8],
  );
  assert.equal(skipped, 2);
  assert.deepEqual(splitArgs(String.raw`a\ b "c \"d\"" 'e # f' g#h #i`), ['a b', 'c "d"', 'e # f', 'g#h']);
});

test('parseAuthorizedKeys() reads options with blanks and commas in quotes, and sets aside what is no key', () => {
  const { rows, odd } = parseAuthorizedKeys(
    [
      `${KEY} bob@home`,
      `\t from="10.0.0.0/8,!10.0.0.1",command="echo \\"a, b\\"",no-pty ${KEY}`,
      `cert-authority ${KEY} ca`,
      '# comment',
      'ssh-ed25519 AAAA short',
      `ssh-rsa ${KEY.split(' ')[1]} wrong type`,
      'rubbish',
      `command="open ${KEY}`,
    ].join('\n'),
  );
  assert.deepEqual(
    rows.map(({ line, options, comment }) => [line, options, comment]),
    [
      [1, [], 'bob@home'],
      [2, ['from="10.0.0.0/8,!10.0.0.1"', String.raw`command="echo \"a, b\""`, 'no-pty'], ''],
      [3, ['cert-authority'], 'ca'],
    ],
  );
  assert.deepEqual(
    odd.map(({ line }) => line),
    [5, 6, 7, 8],
  );
});

test('fingerprints are those of ssh-keygen, from public and from private files', { skip }, async () => {
  await using temp = await makeTemp();
  for (const type of ['ed25519', 'rsa', 'ecdsa']) {
    const path = join(temp.path, type);
    execFileSync(KEYGEN, ['-q', '-t', type, '-N', type === 'rsa' ? 'secret' : '', '-C', 'x', '-f', path]);
    const [, wanted, , kind] = execFileSync(KEYGEN, ['-l', '-f', `${path}.pub`], { encoding: 'utf8' })
      .trim()
      .split(' ');
    const [row] = parseAuthorizedKeys(readFileSync(`${path}.pub`, 'utf8')).rows;
    assert.equal(row?.fingerprint, wanted);
    assert.equal(`(${row?.type})`, kind);
    assert.equal(publicPartOf(readFileSync(path, 'utf8'))?.fingerprint, wanted);
  }
});

test('both parsers account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const parse of [parseSshdConfig, parseAuthorizedKeys]) {
        const { rows, skipped, odd } = parse(text);
        assert.equal(rows.length + skipped + odd.filter(({ ignored }) => ignored).length, linesOf(text).length);
      }
      publicPartOf(`-----BEGIN OPENSSH PRIVATE KEY-----${Buffer.from(text).toString('base64')}-----END`);
    }),
  );
});
