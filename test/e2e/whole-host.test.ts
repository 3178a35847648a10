/** The daemon in the machine's own namespace with the settings that everyone has: it watches all of them, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tagOf } from '#cli/state-tag.ts';
import { libc, syscall } from '#host/ffi.ts';
import { firstNamespace, namespaceOf } from '#host/namespaces.ts';
import { openTracefsMount } from '#host/tracefs-mount.ts';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';

const telltale = resolve(import.meta.dirname, '../../bin/telltale');
const BPF_LINK_GET_FD_BY_ID = 30;

async function until(what: string, probe: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !probe(); ) {
    if (Date.now() > end) throw new Error(`Waited 20 s in vain: ${what}`);
    await sleep(20);
  }
}

/** Mounts of the kernel's file systems that the watch may make use of. */
const mounts = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - (tracefs|cgroup2?|bpf|debugfs) /.test(line));

/** Ids of the eBPF links that a process holds: they stand in the fdinfo of their descriptors. */
function linksOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/fd`)
    .filter((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).includes('bpf_link'))
    .map((fd) => Number(/^link_id:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1]));
}

function isLinked(id: number): boolean {
  const attributes = Buffer.alloc(32);
  attributes.writeUInt32LE(id, 0);
  const fd = syscall.bpf(BPF_LINK_GET_FD_BY_ID, attributes);
  if (fd >= 0) libc.close(fd);
  return fd >= 0;
}

const reasons = [
  needsRoot(),
  firstNamespace() !== namespaceOf('/proc/self/ns/net') && 'not in the first network namespace',
];

test('in the machine’s own namespace all namespaces are watched, and a stop leaves nothing behind', {
  skip: reasons.find((reason) => reason !== false) ?? false,
}, async () => {
  await using temp = await makeTemp();
  const [config, alerts, ready] = ['telltale.yaml', 'alerts.jsonl', 'ready'].map((name) => join(temp.path, name)) as [
    string,
    string,
    string,
  ];
  const stateDir = join(temp.path, 'state');
  writeFileSync(config, `web: { listen: none }\nnotifiers:\n  - { type: file, path: ${alerts} }\n`);
  using mount = openTracefsMount() as Disposable & { path: string };
  const mountsBefore = mounts();
  const where = ['--config', config, '--state-dir', stateDir, '--ready-file', ready];
  const daemon = spawn(telltale, ['daemon', ...where], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await until('the ready file', () => existsSync(ready) || daemon.exitCode !== null);
    const { pid, sensors } = JSON.parse(readFileSync(ready, 'utf8')) as { pid: number; sensors: { hears: string }[] };
    assert.match(sensors[0]?.hears ?? '', /^tracefs/);
    const links = linksOf(pid);
    assert.equal(links.length, /eBPF/.test(sensors[0]?.hears ?? '') ? 2 : 0);
    assert.ok(links.every(isLinked));
    await using net = await makeNetns();
    net.spawn(process.execPath, ['-e', "require('net').createServer().listen(4712, '0.0.0.0')"]);
    await until('the alert', () => existsSync(alerts) && readFileSync(alerts, 'utf8').includes('"port":4712'));
    const line = readFileSync(alerts, 'utf8')
      .split('\n')
      .find((text) => text.includes('"port":4712'));
    const { facts } = JSON.parse(line ?? '{}') as { facts?: { namespace?: string } };
    assert.equal(facts?.namespace, net.name);
    daemon.kill('SIGTERM');
    assert.deepEqual(await once(daemon, 'exit'), [0, null]);
    await until('the end of the eBPF links', () => !links.some(isLinked));
    assert.deepEqual(
      readdirSync(`${mount.path}/instances`).filter((name) => name.includes(tagOf(stateDir))),
      [],
    );
    assert.deepEqual(mounts(), mountsBefore);
  } finally {
    daemon.kill('SIGKILL');
  }
});
