/** Verdicts on stacks of PAM held to libpam itself: pamtester with a wrong password, in a mount namespace. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { parsePam } from './pam-stack.ts';
import { verdictOf } from './pam-verdict.ts';

const PAMTESTER = '/usr/bin/pamtester';
const skip = needsRoot() || (existsSync(PAMTESTER) ? false : 'needs pamtester');

const control = fc.constantFrom(
  'required',
  'requisite',
  'sufficient',
  'optional',
  '[success=1 default=ignore]',
  '[success=2 default=bad]',
  '[default=1]',
  '[success=done default=die]',
  '[success=ok default=ignore]',
  '[success=reset default=ignore]',
  '[default=done]',
  '[success=ignore default=bad]',
);
const module_ = fc.constantFrom('pam_permit.so', 'pam_deny.so', 'pam_unix.so nodelay', 'pam_env.so');
const stack = fc.array(fc.tuple(control, module_), { minLength: 1, maxLength: 6 });

test('a stack lets in whom libpam lets in, for a hundred made-up stacks', { skip }, async () => {
  await using temp = await makeTemp();
  const folder = join(temp.path, 'pam.d');
  mkdirSync(folder);
  const stacks = fc
    .sample(stack, { numRuns: 100, seed: 4711 })
    .map((lines) => lines.map(([word, name]) => `auth ${word} ${name}\n`).join(''));
  for (const [index, text] of stacks.entries()) writeFileSync(join(folder, `lab-${index}`), text);
  writeFileSync(join(folder, 'other'), 'auth required pam_deny.so\n');
  // One namespace for all: a line "0" or "1" a stack. An unknown account has no password that could be right.
  const script = `mount --bind "$1" /etc/pam.d; i=0; while [ -e "/etc/pam.d/lab-$i" ]; do
    echo wrong | ${PAMTESTER} "lab-$i" daemon authenticate >/dev/null 2>&1 && echo 1 || echo 0; i=$((i+1)); done`;
  const said = execFileSync('/usr/bin/unshare', ['-m', '/bin/sh', '-c', script, 'sh', folder], { encoding: 'utf8' });
  const wanted = said.trim().split('\n');
  assert.equal(wanted.length, stacks.length);
  const accepted = wanted.filter((word) => word === '1').length;
  assert.ok(accepted > 10 && accepted < 90, `${accepted} of them let in`);
  for (const [index, text] of stacks.entries()) {
    const verdict = verdictOf(parsePam(text).rows.map((line) => ({ line })));
    assert.equal(verdict === 'accepted' ? '1' : '0', wanted[index], text);
  }
});
