/** Blocks by hand with the real daemon, the real kernel and real packets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import { startDaemon, stop, until } from '#test/lab/site.ts';

const minute = 60_000;
type Blocks = { blocks: { target: string; state: string; by: string; endedWhy: string; times: number }[] };

test('blocked, killed, started again, unblocked: the packets tell', { timeout: 2 * minute }, async () => {
  await using site = await makeBlockSite('  mode: off\n  grace: 1 h\n');
  const { pair } = site;
  const first = await startDaemon(site);
  const done = await site.run('block', '10.77.0.2', '--for', '1 h', '-m', 'a test');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /10\.77\.0\.2 is blocked by nftables until .*\(1 h\)/);
  assert.equal((await site.run('block', 'fd77:0:0:2::/64', '-m', 'a test')).code, 0);
  assert.ok(!(await pair.answers('10.77.0.2')));
  assert.ok(!(await pair.answers('fd77:0:0:2::1')));
  assert.ok(await pair.answers('10.77.0.3'));

  // Killed: the kernel keeps them, and the next daemon has them before it is ready.
  await stop(first.child, 'SIGKILL');
  assert.ok(!(await pair.answers('10.77.0.2')));
  const second = await startDaemon(site, 'ready-2');
  assert.ok(!(await pair.answers('10.77.0.2')));
  const listed = JSON.parse((await site.run('blocks', '--json')).stdout) as Blocks;
  assert.deepEqual(listed.blocks.map(({ target, state, by }) => `${target} ${state} ${by}`).sort(), [
    '10.77.0.2 active root',
    'fd77:0:0:2::/64 active root',
  ]);

  // An orderly stop takes our table away, and the next start puts it up again.
  assert.equal(await stop(second.child), 0);
  assert.ok(await pair.answers('10.77.0.2'));
  assert.equal((await pair.us.run('/usr/sbin/nft', ['list', 'tables'])).stdout, '');
  const third = await startDaemon(site, 'ready-3');
  assert.ok(!(await pair.answers('10.77.0.2')));

  const undone = await site.run('unblock', '10.77.0.2', '-m', 'tested');
  assert.match(undone.stdout, /no longer dropped[\s\S]*left alone until/);
  assert.ok(await pair.answers('10.77.0.2'));
  assert.equal((await site.run('unblock', '10.77.0.2', '-m', 'again')).code, 66);
  const all = JSON.parse((await site.run('blocks', '--all', '--json')).stdout) as Blocks;
  assert.ok(
    all.blocks.some(({ target, endedWhy }) => target === '10.77.0.2' && endedWhy === 'unblocked by root: tested'),
  );
  assert.equal((await site.run('verify')).code, 0);
  await stop(third.child);
});

test('a block ends by itself, also when nobody watches, and is longer the next time', { timeout: minute }, async () => {
  await using site = await makeBlockSite('  for: 10 s\n  grow: 6\n');
  const { pair } = site;
  // No daemon: the command takes the lock and acts itself.
  const alone = await site.run('block', '10.77.0.2', '--for', '3 s', '-m', 'a test');
  assert.match(alone.stdout, /No daemon runs/);
  assert.ok(!(await pair.answers('10.77.0.2')));
  let open = false;
  await until('the end of the block', () => {
    void pair.answers('10.77.0.2').then((answered) => (open ||= answered));
    return open;
  });
  const { child } = await startDaemon(site);
  const again = await site.run('block', '10.77.0.2', '-m', 'a test');
  assert.match(again.stdout, /\(1 min, the 2\. time\)/);
  await stop(child);
});

test('who may not be blocked is not, and slips are told in words', { timeout: minute }, async () => {
  await using site = await makeBlockSite('  never: [10.77.0.3]\n');
  const { child } = await startDaemon(site);
  const refused = async (...args: string[]): Promise<string> => {
    const ran = await site.run('block', ...args, '-m', 'a test');
    assert.notEqual(ran.code, 0, args.join(' '));
    return ran.stderr;
  };
  assert.match(await refused('10.77.0.1'), /an address of this host/);
  assert.match(await refused('10.77.0.0/24', '--force'), /an address of this host/);
  assert.match(await refused('::1'), /loopback/);
  assert.match(await refused('10.77.0.3'), /answers\.never.*--force/);
  assert.match(await refused('10.77.0.300'), /no IPv4 or IPv6 address/);
  assert.match(await refused('10.77.0.2', '--for', '2 years'), /Cannot read --for/);
  assert.match(await refused('10.77.0.2', '--for', '400 d'), /within a year/);
  const own = await site.pair.us.run('/usr/bin/env', [
    'SSH_CONNECTION=10.77.0.4 5000 10.77.0.1 22',
    `${process.cwd()}/bin/telltale`,
    'block',
    '10.77.0.4',
    '--force',
    '-m',
    'x',
    '--state-dir',
    site.stateDir,
  ]);
  assert.match(own.stderr, /you are logged in from "10\.77\.0\.4" yourself/);
  assert.equal((await site.run('block', '10.77.0.3', '--force', '-m', 'sure')).code, 0);
  const allowed = await site.run('allow', '10.77.0.2/31', '--for', '1 h', '-m', 'ours');
  assert.match(allowed.stdout, /10\.77\.0\.2\/31 is never blocked until[\s\S]*block of 10\.77\.0\.3 has ended/);
  assert.ok(await site.pair.answers('10.77.0.3'));
  assert.match(
    (await site.run('blocks', '--never')).stdout,
    /10\.77\.0\.2\/31\tallowed by root.*ours[\s\S]*10\.77\.0\.1\tan address of this host/,
  );
  assert.equal((await site.run('allow', '10.77.0.2/31', '--end')).code, 0);
  await stop(child);
});

test('keep: the blocks outlive the daemon', { timeout: minute }, async () => {
  await using site = await makeBlockSite('  keep: true\n');
  const { child } = await startDaemon(site);
  assert.equal((await site.run('block', '10.77.0.2', '-m', 'a test')).code, 0);
  await stop(child);
  assert.ok(!(await site.pair.answers('10.77.0.2')));
});

test('a responder that was taken out of the settings takes away what it left', { timeout: minute }, async () => {
  await using site = await makeBlockSite('  keep: true\n  responders: [{ type: blackhole-route }]\n');
  const first = await startDaemon(site);
  assert.equal((await site.run('block', '10.77.0.2', '-m', 'a test')).code, 0);
  await stop(first.child);
  const routes = async (): Promise<string> =>
    (await site.pair.us.run('/usr/sbin/ip', ['route', 'show', 'type', 'blackhole'])).stdout;
  assert.match(await routes(), /10\.77\.0\.2/);
  site.setAnswers('  responders: [{ type: iptables }]\n');
  const second = await startDaemon(site, 'ready-2');
  assert.equal(await routes(), '');
  assert.ok(!(await site.pair.answers('10.77.0.2')), 'the new one has put it up');
  await stop(second.child);
  assert.ok(await site.pair.answers('10.77.0.2'));
});
