/** The unit that we ship, started by a real systemd: it watches, it is confined, it comes back, it stops clean. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensurePage } from '#web/ensure-page.ts';
import { type Booted, boot, cannotBoot } from '../lab/booted.ts';

const unit = readFileSync(join(import.meta.dirname, '../../packaging/systemd/telltale.service'), 'utf8');
const telltale = '/opt/telltale/bin/telltale';

/** Asks again and again until it holds, at most a minute: other tests run beside this one. */
async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = Date.now() + 60_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error(`Waited a minute in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function show(machine: Booted): Promise<Record<string, string>> {
  const names = 'ActiveState,Result,StatusText,MainPID,ExecMainStatus,NRestarts';
  const { stdout } = await machine.run('/usr/bin/systemctl', 'show', 'telltale', '-p', names);
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}

async function running(machine: Booted): Promise<Record<string, string>> {
  const active = async (): Promise<Record<string, string> | undefined> => {
    const state = await show(machine);
    if (state['ActiveState'] === 'failed') throw new Error('the unit failed');
    return state['ActiveState'] === 'active' && state['StatusText'] !== '' ? state : undefined;
  };
  return await eventually('the unit is active', active).catch(async (cause: unknown) => {
    const { stdout } = await machine.run('/usr/bin/journalctl', '-u', 'telltale', '-n', '40', '--no-pager');
    throw new Error(`It does not run: ${stdout}`, { cause });
  });
}

/** Titles of the alerts of a rule, open or over. */
async function titles(machine: Booted, rule: string): Promise<readonly string[]> {
  const { stdout } = await machine.run(telltale, 'changes', '--all', '--json');
  interface Changes {
    readonly changes: readonly { readonly alerts: readonly { readonly finding: { rule: string; title: string } }[] }[];
  }
  return (JSON.parse(stdout) as Changes).changes.flatMap(({ alerts }) =>
    alerts.filter(({ finding }) => finding.rule === rule).map(({ finding }) => finding.title),
  );
}

test('the unit of systemd becomes active, is confined, sees, comes back and stops clean', {
  skip: cannotBoot(),
}, async () => {
  assert.ok((await ensurePage()).ok, 'the page is built');
  await using machine = await boot();
  const { MainPID: pid = '', StatusText } = await running(machine);
  assert.match(StatusText ?? '', /^Watching /);

  const status = (await machine.run('/usr/bin/cat', `/proc/${pid}/status`)).stdout;
  assert.match(status, /^Seccomp:\t2$/m);
  const wanted = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
  const bounding = /^CapBnd:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? '';
  assert.equal(BigInt(`0x${bounding}`).toString(2).replaceAll('0', '').length, wanted.length);
  assert.match((await machine.run('/usr/bin/findmnt', '-N', pid, '-no', 'OPTIONS', '/usr')).stdout, /^ro,/);
  const page = (await machine.run('/usr/bin/pgrep', '-u', 'nobody', '-f', 'web/child.ts')).stdout;
  assert.match(page, /^\d+\n$/, 'the page runs as nobody');

  const doctor = await machine.run(telltale, 'doctor');
  for (const sense of [
    'owners of sockets',
    'rules of the packet filter',
    'package database',
    'packets that may be probes',
  ])
    assert.match(doctor.stdout, new RegExp(`^works\t${sense}\t`, 'm'));
  // Process 1 of a pid namespace of its own: the numbers that the kernel tells are not ours.
  assert.match(doctor.stdout, /^reduced\tlisteners as they open\tsnapshots\twe are in a pid namespace of our own/m);

  const listener = machine.run(
    '/usr/bin/timeout',
    '5',
    '/usr/bin/perl',
    '-MIO::Socket',
    '-e',
    '$door = IO::Socket::INET->new(LocalPort => 4444, Listen => 5) or die; sleep 9',
  );
  await eventually('the new listener', async () => {
    const told = await titles(machine, 'new-listener');
    return told.includes('perl opened port 4444 to every address') ? told : undefined;
  });
  await listener;

  assert.equal((await machine.run('/usr/bin/systemctl', 'reload', 'telltale')).code, 0);
  await machine.run('/usr/bin/kill', '-KILL', pid);
  await eventually('a restart', async () => ((await show(machine))['NRestarts'] === '1' ? true : undefined));
  await running(machine);
  assert.equal((await titles(machine, 'watch-killed')).length, 1);

  assert.equal((await machine.run('/usr/bin/systemctl', 'stop', 'telltale')).code, 0);
  const { ActiveState, Result, ExecMainStatus } = await show(machine);
  assert.deepEqual([ActiveState, Result, ExecMainStatus], ['inactive', 'success', '0']);
  assert.equal((await machine.run('/usr/bin/test', '-e', '/var/lib/telltale/control.sock')).code, 1);
  assert.equal((await machine.run(telltale, 'verify')).code, 0);
});
