import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parsePam } from './pam-stack.ts';
import { type PamVerdict, verdictOf } from './pam-verdict.ts';

const DEBIAN =
  'auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n';

test('parsePam() reads controls, comments, continued lines and includes', () => {
  const { rows, odd } = parsePam(
    [
      '# comment \\',
      'auth required pam_env.so # why \\',
      '-auth  [success=2  default=ignore]\\',
      '   pam_unix.so try_first_pass \\#x',
      '@include common-auth',
      'AUTH substack other',
      'auth pam_unix.so',
      'bad required pam_unix.so',
      'auth [success] x.so',
      'session optional /opt/x.so a  b',
    ].join('\n'),
  );
  assert.deepEqual(
    rows.map(({ line, type, controlText, target, args }) => [line, type, controlText, target, args]),
    [
      [2, 'auth', 'required', 'pam_env.so', ''],
      [3, 'auth', '[success=2 default=ignore]', 'pam_unix.so', 'try_first_pass #x'],
      [5, '', '@include', 'common-auth', ''],
      [6, 'auth', 'substack', 'other', ''],
      [10, 'session', 'optional', '/opt/x.so', 'a b'],
    ],
  );
  assert.deepEqual(
    odd.map(({ line }) => line),
    [7, 8, 9],
  );
});

test('verdictOf() tells who gets in without a password', () => {
  const verdict = (text: string): PamVerdict => verdictOf(parsePam(text).rows.map((line) => ({ line })));
  const cases: [PamVerdict, string][] = [
    ['refused', DEBIAN],
    ['refused', ''],
    ['refused', `auth sufficient pam_rootok.so\nauth required pam_env.so\n${DEBIAN}`],
    ['refused', 'auth required pam_wheel.so use_uid\nauth required pam_unix.so'],
    ['accepted', `auth sufficient pam_permit.so\n${DEBIAN}`],
    ['accepted', DEBIAN.replace('requisite', 'optional')],
    ['accepted', DEBIAN.replace('auth requisite pam_deny.so\n', '')],
    ['accepted', DEBIAN.replace('success=1 default=ignore', 'default=1')],
    ['accepted', `auth [default=2] pam_unix.so\n${DEBIAN}`.replace('nullok', '')],
    ['accepted under a condition', `auth sufficient pam_succeed_if.so user = eve\n${DEBIAN}`],
    ['accepted under a condition', `auth sufficient pam_exec.so expose_authtok /tmp/x\n${DEBIAN}`],
    ['refused', `auth required pam_permit.so\nauth required pam_unix.so`],
    ['refused', `auth required pam_unix.so\nauth sufficient pam_permit.so`],
  ];
  for (const [wanted, text] of cases) assert.equal(verdict(text), wanted, text);
});

test('parsePam() accounts for every logical line of any text, and any stack has a verdict', () => {
  const words = fc
    .array(
      fc.constantFrom(
        'auth ',
        'required ',
        '[default=',
        '3',
        ']',
        'pam_unix.so',
        'pam_permit.so',
        '\n',
        '\\',
        '#',
        ' ',
        '@include x',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(words, fc.string({ unit: 'binary' })), (text) => {
      const { rows, odd, skipped, lines } = parsePam(text);
      assert.equal(rows.length + skipped + odd.length, lines);
      assert.ok(verdictOf(rows.map((line) => ({ line }))) !== undefined);
    }),
  );
});
