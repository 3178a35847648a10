import assert from 'node:assert/strict';
import test from 'node:test';
import { type FakeHost, fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import sensor, { type FirewallRow } from './firewall.ts';
import { noteDoer } from './firewall-doer.ts';
import listener from './firewall-generation.ts';

const doer = (host: FakeHost) => sensor.doer?.(host, chain);
const chain = { family: 'inet', table: 'f', chain: 'in' } as FirewallRow;

test('who changed a chain just now is named, also once it is gone, and not who has its number since', async () => {
  const host = fakeHost();
  const nft = fakeProcess({ pid: 40, comm: 'nft', exe: '/usr/sbin/nft', cmdline: 'nft flush ruleset', parentPid: 30 });
  host.table.set(40, nft).set(30, fakeProcess({ pid: 30, comm: 'sh' }));
  noteDoer(host, { pid: 40, comm: 'nft' });
  host.table.delete(40);
  const { parents: _, ...who } = doer(host) ?? { parents: [] };
  assert.deepEqual(who, {
    pid: 40,
    exe: '/usr/sbin/nft',
    comm: 'nft',
    cmdline: 'nft flush ruleset',
    user: 'root',
    uid: 0,
    unit: '',
    session: '',
    package: '',
    startedMs: 0,
  });
  assert.equal(sensor.doer?.(host, { ...chain, family: 'ip (old)' }), undefined, 'no word of old iptables');
  noteDoer(host, { pid: 30, comm: 'firewalld' });
  assert.equal(doer(host)?.exe, '');
  noteDoer(host, { pid: 41, comm: 'nft' });
  host.table.set(41, fakeProcess({ ...nft, pid: 41 }));
  assert.equal(doer(host)?.exe, '/usr/sbin/nft', 'its start was read later');
  await host.clock.advance(11_000);
  assert.equal(doer(host), undefined);
  noteDoer(host, { pid: 40, comm: 'nft' });
  noteDoer(host, undefined);
  assert.equal(doer(host), undefined, 'after a loss nobody is accused');
});

test('who wrote hosts.allow is named for its lines', () => {
  const host = fakeHost();
  const who = { comm: 'vi' } as NonNullable<ReturnType<typeof host.writerOf>>['who'];
  host.writers.set('/etc/hosts.allow', { who, timeMs: 1, underDpkg: false });
  const row = { family: 'tcp wrappers', table: '/etc/hosts.allow', chain: 'sshd: ALL' } as FirewallRow;
  assert.equal(sensor.doer?.(host, row)?.comm, 'vi');
});

test('a change that the kernel tells of asks for a look at once', async () => {
  let tell: ((by: { pid: number; comm: string } | undefined) => void) | undefined;
  const plain = fakeHost();
  const filter = {
    generation: () => 1,
    changes: (onChange: NonNullable<typeof tell>) => void (tell = onChange),
    rules: () => Promise.reject(new Error('not asked')),
  };
  const host = { ...plain, filter };
  await using listening = await listener.listen(host, new AbortController().signal);
  const batches = listening.events[Symbol.asyncIterator]();
  const next = batches.next();
  tell?.({ pid: 1, comm: 'nft' });
  const { value } = (await next) as { value: readonly { kind: string }[] };
  assert.deepEqual(
    value.map(({ kind }) => kind),
    ['stale'],
  );
  assert.equal(doer(host)?.comm, 'nft');
});
