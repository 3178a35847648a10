import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { action, responderContext } from '#test/lab/fake-action.ts';
import { makeTemp } from '#test/lab/temp.ts';
import hostsDeny from './hosts-deny.ts';

const nothing = { find: () => undefined, run: () => assert.fail('runs no program') };
const open = (path: string, more: object = {}) =>
  hostsDeny.open(responderContext(v.parse(hostsDeny.settings, { path, ...more }), nothing));

test('a line for each, under our mark, and out again without a trace', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts.deny');
  const before = '# /etc/hosts.deny\nsshd: 203.0.113.9\n\n# end';
  writeFileSync(path, before);
  const responder = await open(path);
  const [a, b, c] = [action('192.0.2.7'), action('192.0.2.0/24'), action('2001:db8::/64')];
  await responder.apply([a, b]);
  await responder.apply([c]);
  await responder.apply([c]);
  const text = readFileSync(path, 'utf8');
  assert.deepEqual(
    text.split('\n').filter((line) => line.startsWith('ALL')),
    ['ALL: 192.0.2.7', 'ALL: 192.0.2.0/24', 'ALL: [2001:db8::]/64'],
  );
  assert.ok(text.startsWith(`${before}\n`));
  await responder.undo([b, action('198.51.100.1')]);
  assert.ok(!readFileSync(path, 'utf8').includes('192.0.2.0/24'));
  await responder.undo([a, c]);
  assert.equal(readFileSync(path, 'utf8'), `${before}\n`);
});

test('restoring leaves exactly what stands; lines of others and of another state directory stay', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts.deny');
  const others = '# telltale 999999999999 other\nALL: 203.0.113.1\n';
  writeFileSync(path, others);
  await (await open(path)).apply([action('192.0.2.7'), action('192.0.2.8')]);
  const after = await open(path);
  const kept = action('192.0.2.8');
  await after.restore([kept], []);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.startsWith(others) && !text.includes('192.0.2.7') && text.includes('192.0.2.8'));
  await after.clear([kept]);
  assert.equal(readFileSync(path, 'utf8'), others);
});

test('no file is made when nothing is to be written, a link is not followed, the string of TCP wrappers is yours', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts.deny');
  await (await open(path)).restore([], []);
  assert.ok(!existsSync(path));
  const own = await open(path, { line: 'sshd, vsftpd: $TARGET$ : DENY' });
  await own.apply([action('192.0.2.7')]);
  assert.match(readFileSync(path, 'utf8'), /^sshd, vsftpd: 192\.0\.2\.7 : DENY$/m);
  const link = join(temp.path, 'link');
  symlinkSync(path, link);
  const [applied] = await (await open(link)).apply([action('192.0.2.7')]);
  assert.match(applied !== undefined && 'failure' in applied ? applied.failure : '', /ELOOP/);
});

test('whatever stands in the file stands there afterwards', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts.deny');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (lines) => {
      const before = Buffer.from(lines.map((line) => line.replaceAll('\n', '')).join('\n'));
      writeFileSync(path, before);
      const responder = await open(path);
      const block = action('192.0.2.7');
      await responder.apply([block]);
      await responder.undo([block]);
      const after = readFileSync(path);
      assert.deepEqual(after.subarray(0, before.length), before);
      assert.ok(after.length <= before.length + 1);
    }),
    { numRuns: 50 },
  );
});

test('a line that would be a comment, a second line or an escape is refused', () => {
  for (const line of ['ALL: 1.2.3.4', 'ALL: $TARGET$\nALL: ALL', '# $TARGET$', 'ALL: $TARGET$ \\'])
    assert.ok(!v.safeParse(hostsDeny.settings, { line }).success, line);
});
