import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { calm, complaints, openChannel } from '#test/lab/channel.ts';
import { HOSTILE, hostileAlert, incidentOfTwo, makeNotice } from '#test/lab/notices.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import command from './command.ts';

function script(folder: string, body: string): string {
  const path = join(folder, 'program');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the program gets the incident as JSON on stdin, its fixed arguments as they are, and hardly any environment', async () => {
  await using dir = await makeTemp();
  const out = join(dir.path, 'out');
  const program = script(
    dir.path,
    `cat > '${out}'; printf '%s|' "$@" > '${out}.args'; env > '${out}.env'; pwd > '${out}.cwd'`,
  );
  process.env['TELLTALE_TEST_SECRET'] = 'hush';
  await using channel = await openChannel(command, { program, args: ['--to', '$(id) "x"; *'] });
  await channel.send(makeNotice(incidentOfTwo(), { suppressed: 3, others: [hostileAlert()] }), calm);
  delete process.env['TELLTALE_TEST_SECRET'];
  const told = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown> &
    Record<'alerts' | 'others', unknown[]>;
  assert.equal(told['title'], 'nc opened port 4444 to every address');
  assert.equal(told['suppressed'], 3);
  assert.equal(told['incidentCount'], 2);
  assert.match(String(told['subjectLine']), /^web-03 ◆/);
  assert.equal(told.alerts.length, 2);
  assert.equal(told.others.length, 1);
  assert.equal(channel.patienceMs, 35_000, 'the watch waits longer than the program may take');
  assert.equal(readFileSync(`${out}.args`, 'utf8'), '--to|$(id) "x"; *|');
  assert.equal(readFileSync(`${out}.cwd`, 'utf8'), '/\n');
  assert.doesNotMatch(readFileSync(`${out}.env`, 'utf8'), /hush/);
});

test('hostile text reaches the program as data on stdin and nowhere else', async () => {
  await using dir = await makeTemp();
  const out = join(dir.path, 'out');
  const program = script(dir.path, `cat > '${out}'; echo "$#" > '${out}.count'`);
  await using channel = await openChannel(command, { program });
  await channel.send(makeNotice([hostileAlert()]), calm);
  const text = readFileSync(out, 'utf8');
  assert.equal(text.split('\n').length, 2);
  assert.equal((JSON.parse(text) as { who: { exe: string } }).who.exe, HOSTILE);
  assert.equal(readFileSync(`${out}.count`, 'utf8'), '0\n');
});

test('an exit code other than 0 is an error that carries the last words, made harmless', async () => {
  await using dir = await makeTemp();
  const program = script(dir.path, `cat > /dev/null; printf 'no route\\033[2J to host' >&2; exit 3`);
  await using channel = await openChannel(command, { program });
  await assert.rejects(channel.send(makeNotice(), calm), (error: Error) => {
    assert.match(error.message, /exited with 3; it said: no route\\u\{1b\}\[2J to host$/);
    return true;
  });
});

test('a program that does not read its input, or that is killed, does not break the watch', async () => {
  await using dir = await makeTemp();
  const program = script(dir.path, 'exec <&-; exit 0');
  await using channel = await openChannel(command, { program });
  await channel.send(makeNotice([hostileAlert('x'.repeat(200_000))]), calm);
  writeFileSync(program, '#!/bin/sh\nkill -9 $$\n');
  await assert.rejects(channel.send(makeNotice(), calm), /was killed by SIGKILL/);
});

test('after the time-out the whole process group is killed, also where it ignores the polite signal', async () => {
  await using dir = await makeTemp();
  const mark = join(dir.path, 'mark');
  // The child ignores SIGTERM and would leave its mark after three seconds.
  const program = script(
    dir.path,
    `trap '' TERM; (trap '' TERM; sleep 3; touch '${mark}') & cat > /dev/null; wait; sleep 60`,
  );
  await using channel = await openChannel(command, { program, timeout: '200 ms' });
  await assert.rejects(channel.send(makeNotice(), calm), /was ended: no end after 200 ms/);
  await sleep(1500);
  assert.equal(existsSync(mark), false);
});

test('what a program leaves running in its group ends with it, and holds nothing up', async () => {
  await using dir = await makeTemp();
  const mark = join(dir.path, 'mark');
  const program = script(dir.path, `cat > /dev/null; (sleep 1; touch '${mark}') & exit 0`);
  await using channel = await openChannel(command, { program, timeout: '10 min' });
  await channel.send(makeNotice(), calm);
  await sleep(1500);
  assert.equal(existsSync(mark), false);
});

test('endless output ends the program and is not kept', async () => {
  await using dir = await makeTemp();
  const program = script(dir.path, 'cat > /dev/null; trap "" PIPE; yes flood 2>&1; sleep 60');
  await using channel = await openChannel(command, { program, timeout: '60 s' });
  await assert.rejects(channel.send(makeNotice(), calm), (error: Error) => {
    assert.match(error.message, /was ended: it wrote more than 1048576 bytes/);
    assert.ok(error.message.length < 2000);
    return true;
  });
});

test('stopping the watch ends the program', async () => {
  await using dir = await makeTemp();
  const program = script(dir.path, 'cat > /dev/null; sleep 60');
  await using channel = await openChannel(command, { program });
  const stop = new AbortController();
  const sent = channel.send(makeNotice(), stop.signal);
  await sleep(100);
  stop.abort();
  await assert.rejects(sent, /was ended: the watch stops/);
  await assert.rejects(channel.send(makeNotice(), stop.signal), /stopped before it began/);
});

test('a program that others could change is refused, with the command that mends it', {
  skip: needsRoot(),
}, async () => {
  await using dir = await makeTemp();
  const out = join(dir.path, 'ran');
  const program = script(dir.path, `touch '${out}'`);
  const open = join(dir.path, 'open');
  mkdirSync(open);
  const inOpen = script(open, `touch '${out}'`);
  chmodSync(open, 0o777);
  const refused = async (path: string, why: RegExp): Promise<void> => {
    await using channel = await openChannel(command, { program: path });
    await assert.rejects(channel.send(makeNotice(), calm), why);
  };
  chmodSync(program, 0o757);
  await refused(program, /anyone may change it\. Run: chmod o-w /);
  chmodSync(program, 0o644);
  await refused(program, /not executable/);
  chmodSync(program, 0o755);
  chownSync(program, 65_534, 65_534);
  await refused(program, /belongs to uid 65534/);
  await refused(inOpen, /anyone may replace it/);
  await refused(join(dir.path, 'absent'), /ENOENT/);
  await refused(dir.path, /not a file/);
  assert.equal(existsSync(out), false);
});

test('settings: an absolute path and bounded times, nothing else', () => {
  assert.deepEqual(complaints(command, { program: '/bin/true', args: ['a'], timeout: '5 s' }), []);
  for (const bad of [{}, { program: 'true' }, { program: '/bin/../x' }, { program: '/bin/true', shell: true }]) {
    assert.notDeepEqual(complaints(command, bad), []);
  }
  for (const timeout of ['0', '1 h', 'soon', 30]) {
    assert.match(
      complaints(command, { program: '/bin/true', timeout })[0] ?? '',
      /must be a duration from 100 ms to 10 min/,
    );
  }
});
