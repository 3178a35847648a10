/** The whole program, from the command line to the alert file, in a network namespace and with a state directory of its own. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { tagOf } from '#cli/state-tag.ts';
import { openTracefsMount } from '#host/tracefs-mount.ts';
import { listenOn, makeSite, startDaemon, stop, telltale, until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const skip = needsRoot();

test('a listener is told, shown, accepted, and the whole of it is in the chain', { skip }, async () => {
  await using site = await makeSite();
  writeFileSync(join(site.temp, 'ready'), 'left by another');
  const { child, ready } = await startDaemon(site);
  assert.ok(ready.pid > 0);
  assert.equal(ready.socket, join(site.stateDir, 'control.sock'));
  assert.equal(ready['web'], null);
  // Over one namespace eBPF is not tried: a reduced sense, not a blind one.
  const [sensor] = ready['sensors'] as { gaps: { what: string; reduced?: true }[] }[];
  assert.deepEqual(
    sensor?.gaps.map(({ what, reduced }) => [what, reduced]),
    [['short-lived UDP sockets', true]],
  );
  assert.deepEqual(ready['blind'], []);
  assert.doesNotMatch((await site.run()).stdout, /UDP/);
  assert.match((await site.run('doctor')).stdout, /reduced: short-lived UDP sockets/);
  assert.equal(statSync(ready.socket).mode & 0o777, 0o660);
  assert.equal((await site.run('check')).code, 0);
  assert.deepEqual(site.alerts(), [], 'our own doors are no news');

  listenOn(site.net, 4444);
  const told = await until('the alert', () => site.alerts().find((line) => line.facts.port === 4444));
  assert.equal(told.rule, 'new-listener');
  const check = await site.run('check');
  assert.ok(check.code === 1 || check.code === 2, check.stdout);
  const shown = await site.run('show', told.id);
  assert.match(shown.stdout, /4444 to every address/);
  const sockets = await site.run('sockets', '-tln', 'port', '4444', '--json');
  const { rows } = JSON.parse(sockets.stdout) as { rows: { mark: string; row: { port: number } }[] };
  assert.deepEqual(
    rows.map(({ mark, row }) => [mark, row.port]),
    [['new', 4444]],
  );
  assert.notEqual((await site.run('baseline', 'compare')).code, 0);

  assert.equal((await site.run('accept', told.id, '-m', 'a test of ours')).code, 0);
  await until('the update', () => site.alerts().some((line) => line.id === told.id && line.state === 'accepted'));
  assert.equal((await site.run('check')).code, 0);
  assert.equal((await site.run('lsm', '-c')).code, 0);
  const verified = await site.run('verify', '--json');
  assert.equal((JSON.parse(verified.stdout) as { whole: boolean }).whole, true);

  assert.equal(await stop(child), 0);
  assert.equal(existsSync(ready.socket), false);
  assert.equal((await site.run('verify')).code, 0);
  assert.match((await site.run()).stdout, /No daemon is watching/);
});

test('a port that is bound wider is told as that, though its first place was only heard of', { skip }, async () => {
  await using site = await makeSite();
  const { child } = await startDaemon(site);
  const moving = `
    const { createServer } = require('net');
    const first = createServer().listen(4510, '127.0.0.1', () =>
      first.close(() => createServer().listen(4510, '0.0.0.0')));`;
  site.net.spawn(process.execPath, ['-e', moving]);
  await until('the alert', () => site.alerts().some((line) => line.rule === 'bind-widened'));
  await new Promise((done) => setTimeout(done, 1500));
  assert.deepEqual(
    [...new Map(site.alerts().map((line) => [line.id, `${line.rule} ${line.state}`])).values()],
    ['new-listener closed', 'bind-widened open'],
  );
  assert.equal(await stop(child), 0);
});

test('a rehearsal is told as our own hand and leaves nothing open', { skip }, async () => {
  await using site = await makeSite();
  const { child } = await startDaemon(site);
  const rehearsed = await site.run('rehearse', '--json');
  assert.equal(rehearsed.code, 0, rehearsed.stderr);
  const { rehearsed: results } = JSON.parse(rehearsed.stdout) as {
    rehearsed: { told: boolean; explainedBy: string; tookMs: number }[];
  };
  assert.deepEqual(
    results.map(({ told, explainedBy }) => [told, explainedBy]),
    [[true, 'Telltale itself']],
  );
  // Held for the restart of a service before it would be told as gone.
  await new Promise((done) => setTimeout(done, 7000));
  assert.equal((await site.run('check')).code, 0);
  assert.equal((await site.run('changes')).stdout, '');
  await stop(child);
});

test('killed at once after an alert, it forgets nothing, and tells what happened while it was down', {
  skip,
}, async () => {
  await using site = await makeSite();
  const first = await startDaemon(site);
  listenOn(site.net, 4501);
  const told = await until('the first alert', () => site.alerts().find((line) => line.facts.port === 4501));
  process.kill(first.ready.pid, 'SIGKILL');
  await once(first.child, 'exit');
  assert.match((await site.run('changes')).stdout, /4501/, 'the store is read without a daemon');
  listenOn(site.net, 4502);
  await new Promise((done) => setTimeout(done, 300));
  const second = await startDaemon(site, 'ready2');
  await until('the second alert', () => site.alerts().find((line) => line.facts.port === 4502));
  assert.equal(
    site
      .alerts()
      .filter((line) => line.facts.port === 4501 && line.update !== true)
      .every((line) => line.id === told.id),
    true,
  );
  assert.match((await site.run('changes')).stdout, /4501/);
  assert.equal((await site.run('verify')).code, 0);
  await stop(second.child, 'SIGINT');
});

test('what a killed daemon left in tracefs goes at its next start, and looking arms nothing', { skip }, async () => {
  using mount = openTracefsMount() as Disposable & { path: string };
  const instances = (): string[] =>
    readdirSync(`${mount.path}/instances`).filter((name) => name.startsWith('telltale-'));
  await using site = await makeSite();
  const ours = (): string[] => instances().filter((name) => name.startsWith(`telltale-${tagOf(site.stateDir)}`));
  const first = await startDaemon(site);
  assert.deepEqual(
    ours().sort(),
    ['', '-processes', '-reads'].map((purpose) => `telltale-${tagOf(site.stateDir)}${purpose}`),
  );
  process.kill(first.ready.pid, 'SIGKILL');
  await once(first.child, 'exit');
  assert.equal(ours().length, 3, 'a killed daemon cannot clean up');
  assert.equal((await site.run('check')).code, 0);
  assert.equal(ours().length, 3, 'a command that looks leaves tracing alone');
  const second = await startDaemon(site, 'ready2');
  assert.equal(ours().length, 3);
  assert.equal(await stop(second.child), 0);
  assert.deepEqual(ours(), []);
});

test('others than root and the group are refused in words', { skip }, async () => {
  await using site = await makeSite();
  const { child } = await startDaemon(site);
  const asNobody = [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    telltale,
    'changes',
    '--state-dir',
    site.stateDir,
  ];
  const shut = await site.net.run('/usr/bin/setpriv', asNobody, { HOME: '/nonexistent' });
  assert.equal(shut.code, 77, shut.stderr);
  assert.match(shut.stderr, /only root and the group of that socket may. Run it with sudo/);
  // Also where somebody opened the way to the socket: the kernel's word on the peer decides.
  for (const [path, mode] of [
    [site.temp, 0o755],
    [site.stateDir, 0o755],
    [join(site.stateDir, 'control.sock'), 0o666],
  ] as const)
    chmodSync(path, mode);
  const open = await site.net.run('/usr/bin/setpriv', asNobody, { HOME: '/nonexistent' });
  assert.equal(open.code, 77, open.stderr);
  assert.match(open.stderr, /Cannot answer nobody \(uid 65534\)/);
  await stop(child);
});

test('two daemons run side by side, but not on one state directory', { skip }, async () => {
  await using one = await makeSite();
  await using two = await makeSite();
  const [first, second] = await Promise.all([startDaemon(one), startDaemon(two)]);
  listenOn(one.net, 4600);
  await until('the alert of the first', () => one.alerts().some((line) => line.facts.port === 4600));
  assert.deepEqual(two.alerts(), [], 'the other one watches another namespace');
  const third = await one.run('daemon', '--config', one.config);
  assert.equal(third.code, 75, third.stderr);
  assert.match(third.stderr, new RegExp(String(first.ready.pid)));
  await Promise.all([stop(first.child), stop(second.child)]);
});

test('below a state directory with a long name the commands find the daemon', { skip }, async () => {
  await using site = await makeSite();
  site.stateDir = join(site.temp, 'long-name-'.repeat(12));
  const { child, ready } = await startDaemon(site);
  assert.match(ready.socket, /^\/run\/telltale\/[0-9a-f]{16}\.sock$/);
  assert.match((await site.run('doctor')).stdout, /Asked the daemon/);
  assert.equal(await stop(child), 0);
  assert.equal(existsSync(ready.socket), false);
});

test('settings that are wrong stop the start, with every error and its place', { skip }, async () => {
  await using site = await makeSite();
  writeFileSync(site.config, 'notifer: []\nweb: { listn: none }\n');
  const { code, stderr } = await site.run('daemon', '--config', site.config);
  assert.equal(code, 78);
  assert.match(stderr, /telltale\.yaml:1:1: unknown key "notifer" \(did you mean "notifiers"\?\)/);
  assert.match(stderr, /telltale\.yaml:2:8: unknown key "listn" \(did you mean "listen"\?\)/);
  assert.equal((await site.run('daemon', '--config', join(site.temp, 'none'))).code, 78);
  const json = await site.run('daemon', '--config', site.config, '--json');
  assert.equal((JSON.parse(json.stderr) as { error: { code: string } }).error.code, 'CONFIG');
});

test('a state directory where the kernel makes no folders is refused in words and in time', () => {
  const args = ['daemon', '--state-dir', '/proc/telltale/state'];
  const { status, stderr } = spawnSync(telltale, args, { timeout: 20_000, killSignal: 'SIGKILL', encoding: 'utf8' });
  assert.equal(status, 73, stderr);
  assert.match(stderr, /Cannot make state directory "\/proc\/telltale\/state": ENOENT/);
});

test('a ready file that is a link is refused', { skip }, async () => {
  await using site = await makeSite();
  const target = join(site.temp, 'precious');
  writeFileSync(target, 'precious');
  const link = join(site.temp, 'ready');
  symlinkSync(target, link);
  const { code } = await site.run('daemon', '--config', site.config, '--ready-file', link);
  assert.equal(code, 73);
  assert.equal(readFileSync(target, 'utf8'), 'precious');
});

test('the page port is taken: the daemon says so and watches on', { skip }, async () => {
  await using site = await makeSite();
  listenOn(site.net, 7777, '127.0.0.1');
  await until('the other listener', () => site.net.run('/usr/bin/ss', ['-tln']).then(() => true) !== undefined);
  await new Promise((done) => setTimeout(done, 500));
  writeFileSync(site.config, readFileSync(site.config, 'utf8').replace('listen: none', 'listen: "127.0.0.1:7777"'));
  const { child, ready } = await startDaemon(site);
  assert.equal(ready['web'], null);
  const web = await site.run('web');
  assert.equal(web.code, 69);
  assert.equal(await stop(child), 0);
});

test('an error of our own ends the daemon, in words and with 70, and its next start tells of it', {
  skip,
}, async () => {
  await using site = await makeSite();
  const [broken, readyFile] = [join(site.temp, 'break'), join(site.temp, 'ready')];
  const root = resolve(telltale, '../..');
  const preload = ['--import', join(root, 'test/lab/broken-housekeeping.ts'), join(root, 'src/main.ts')];
  const where = ['--config', site.config, '--state-dir', site.stateDir, '--ready-file', readyFile];
  const child = site.net.spawn(join(root, 'bin/node'), [...preload, 'daemon', ...where], { BREAK_WHEN: broken });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('the ready file', () => existsSync(readyFile));
  const ended = once(child, 'exit') as Promise<[number | null]>;
  writeFileSync(broken, '');
  const code = await Promise.race([ended, new Promise<string>((done) => setTimeout(done, 10_000, 'it runs on'))]);
  assert.deepEqual(code, [70, null], said);
  assert.match(said, /Telltale failed: a planted error/);
  const next = await startDaemon(site, 'ready2');
  await until('the alert', () => site.alerts().some((line) => line.rule === 'watch-killed'));
  assert.equal(await stop(next.child), 0);
});

test('the service manager is told, and hangups re-read the settings', { skip }, async () => {
  await using site = await makeSite();
  const path = join(site.temp, 'notify.sock');
  const receiver = spawn(
    '/usr/bin/python3',
    [
      '-uc',
      `import socket;s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM);s.bind(${JSON.stringify(path)})\nwhile 1: print(s.recv(4096).decode().replace(chr(10),' '))`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let heard = '';
  receiver.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  try {
    await until('the receiver', () => existsSync(path));
    const child = site.net.spawn(telltale, ['daemon', '--config', site.config, '--state-dir', site.stateDir], {
      NOTIFY_SOCKET: path,
      WATCHDOG_USEC: '200000',
    });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('READY=1', () => heard.includes('READY=1'));
    await until('WATCHDOG=1', () => heard.includes('WATCHDOG=1'));
    child.kill('SIGHUP');
    await until('the answer to SIGHUP', () => said.includes('The settings are the same'));
    writeFileSync(site.config, 'nonsense: 1\n');
    child.kill('SIGHUP');
    await until('the words on errors', () => said.includes('Running on with the old ones'));
    assert.equal(await stop(child), 0);
    await until('STOPPING=1', () => heard.includes('STOPPING=1'));
  } finally {
    receiver.kill('SIGKILL');
  }
});

test('a new baseline settles what is open, and our own doors are no difference when the daemon is gone', {
  skip,
}, async () => {
  await using site = await makeSite();
  const { child } = await startDaemon(site);
  listenOn(site.net, 4600, '127.0.0.1');
  await until('the alert', () => site.alerts().find((line) => line.facts.port === 4600));
  const made = await site.run('baseline', 'generate', '--message', 'ours');
  assert.equal(made.code, 0, made.stderr);
  const checked = await site.run('check');
  assert.equal(checked.code, 0, checked.stdout);
  assert.equal(await stop(child), 0);
  const compared = await site.run('baseline', 'compare');
  assert.equal(compared.code, 0, compared.stdout);
});
