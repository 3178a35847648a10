import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { programsOf, simpleCommands } from './shell-words.ts';

test('simpleCommands() splits at operators and takes quotes off', () => {
  assert.deepEqual(simpleCommands(`a 'b c' "d\\"e" f\\ g; h | i && (j) # k`), [
    ['a', 'b c', 'd"e', 'f g'],
    ['h'],
    ['i'],
    ['j'],
  ]);
  assert.deepEqual(simpleCommands('echo a#b "never closed'), [['echo', 'a#b', 'never closed']]);
});

test('programsOf() finds what is run, not what is only named', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['/usr/bin/tar czf /tmp/x.tgz /etc', ['/usr/bin/tar']],
    ['test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )', []],
    ['cd /opt && /opt/run >/tmp/log 2>&1', ['/opt/run']],
    ['FOO=1 nice -n 10 /opt/a --x', ['/opt/a']],
    ['flock -n /run/lock/x timeout 5 /opt/b', ['/opt/b']],
    ["/bin/sh -c 'exec /tmp/.x/run; /opt/c'", ['/bin/sh', '/tmp/.x/run', '/opt/c']],
    ['python3 -u /home/bob/job.py /etc/passwd', ['/home/bob/job.py']],
    ['. /tmp/env', ['/tmp/env']],
    ['find /tmp -mtime +7 -exec /opt/rm {} ;', ['/opt/rm']],
    ['sudo -u bob /home/bob/x', ['/home/bob/x']],
    ['if [ -x /opt/y ]; then /opt/y; fi', ['/opt/y']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(programsOf(text), expected, text);
});

test('programsOf() ends for any text, and finds only absolute paths that stand in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const path of programsOf(text)) assert.ok(path.startsWith('/'));
    }),
  );
});
