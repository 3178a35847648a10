import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { type CronLine, parseAnacrontab, parseCrontab } from './crontab.ts';

const entries = (text: string, system = true) =>
  parseCrontab(text, system).rows.filter((line): line is CronLine & { type: 'entry' } => line.type === 'entry');

test('parseCrontab() reads names, nicknames, blanks, dashes and percent signs as cron does', () => {
  const text = [
    '# comment',
    '  SHELL=/bin/bash',
    'MAILTO = "ops@example.org"',
    '17 *\t* * *   root    cd / && run-parts --report /etc/cron.hourly',
    '0 4 * jan-mar mon,Fri bob /home/bob/x',
    '@reboot root /opt/x',
    '-*/5 * * * * root logger a%b\\%c%d',
    '*/10 0-6/2 1,15 * 7 www-data true',
    '',
  ].join('\n');
  const { rows, rejects } = parseCrontab(text, true);
  assert.deepEqual(rejects, []);
  assert.deepEqual(
    rows.filter(({ type }) => type === 'variable'),
    [
      { type: 'variable', name: 'SHELL', value: '/bin/bash' },
      { type: 'variable', name: 'MAILTO', value: 'ops@example.org' },
    ],
  );
  assert.deepEqual(
    entries(text).map(({ schedule, user, command, input }) => [schedule, user, command, input]),
    [
      ['17 * * * *', 'root', 'cd / && run-parts --report /etc/cron.hourly', ''],
      ['0 4 * jan-mar mon,fri', 'bob', '/home/bob/x', ''],
      ['@reboot', 'root', '/opt/x', ''],
      ['*/5 * * * *', 'root', 'logger a', 'b%c\nd'],
      ['*/10 0-6/2 1,15 * 7', 'www-data', 'true', ''],
    ],
  );
});

test('parseCrontab() reads the crontab of a user, where no user is named', () => {
  assert.deepEqual(
    entries('* * * * * /tmp/x a b\n@daily  ./y\n', false).map(({ user, command }) => [user, command]),
    [
      ['', '/tmp/x a b'],
      ['', './y'],
    ],
  );
});

test('parseCrontab() sets aside what cron refuses', () => {
  const bad = [
    '60 * * * * root x',
    '* * * foo * root x',
    '* * * * root',
    '@never root x',
    '*/0 * * * * root x',
    '* 24 * * * root x',
    'hello',
  ];
  const { rows, rejects } = parseCrontab(`${bad.join('\n')}\n`, true);
  assert.deepEqual(rejects, bad);
  assert.deepEqual(rows, []);
});

test('parseCrontab() marks a last line without newline: cron does not run it', () => {
  assert.deepEqual(
    entries('@daily root a\n@daily root b').map(({ unfinished }) => unfinished),
    [false, true],
  );
});

test('parseCrontab() and parseAnacrontab() account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, system) => {
      for (const { rows, rejects } of [parseCrontab(text, system), parseAnacrontab(text)])
        assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});

test('parseAnacrontab() reads jobs and variables', () => {
  const { rows, rejects } = parseAnacrontab(
    'SHELL=/bin/sh\n1 5 cron.daily run-parts /etc/cron.daily\n@monthly 15 m x\nbad line\n',
  );
  assert.deepEqual(rejects, ['bad line']);
  assert.deepEqual(rows, [
    { type: 'variable', name: 'SHELL', value: '/bin/sh' },
    { type: 'job', period: '1', job: 'cron.daily', command: 'run-parts /etc/cron.daily' },
    { type: 'job', period: '@monthly', job: 'm', command: 'x' },
  ]);
});
