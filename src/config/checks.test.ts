import assert from 'node:assert/strict';
import test from 'node:test';
import * as v from 'valibot';
import { checksOf, checksSchema } from './checks.ts';

const parse = (checks: unknown): ReturnType<typeof checksOf> => checksOf(v.parse(checksSchema, checks), 0);
const complaints = (checks: unknown): readonly string[] =>
  v.safeParse(checksSchema, checks).issues?.map(({ message }) => message) ?? [];

test('a check has defaults that are safe', () => {
  assert.deepEqual(parse([{ name: 'load', run: ['/usr/lib/nagios/plugins/check_load', '-w', '4'] }]), [
    {
      name: 'load',
      run: ['/usr/lib/nagios/plugins/check_load', '-w', '4'],
      everyMs: 300_000,
      timeLimitMs: 30_000,
      user: 'nobody',
      format: 'nagios',
    },
  ]);
  const [own] = checksOf(v.parse(checksSchema, [{ name: 'x', run: ['/x'] }]), 1000);
  assert.equal(own?.user, '');
});

test('what is no check is said', () => {
  assert.deepEqual(complaints([{ name: 'x', run: ['check_load'] }]), [
    'the program needs an absolute path; no shell is used',
  ]);
  assert.deepEqual(complaints([{ name: 'x', run: [] }]).slice(0, 1), ['expected a program']);
  assert.match(complaints([{ name: 'x', run: '/bin/true -x' }])[0] ?? '', /expected a list/);
  assert.deepEqual(
    complaints([
      { name: 'x', run: ['/x'] },
      { name: 'x', run: ['/y'] },
    ]),
    ['two checks have one name'],
  );
});
