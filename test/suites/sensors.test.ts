/** What every sensor and listener owes, and what the sensor of sockets sees of each family on a real kernel. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Look } from '#model/sensor.ts';
import type { Row } from '#model/table.ts';
import { listeners, lookups, sensors } from '#sensors/index.ts';
import { makeNetns } from '../lab/netns.ts';
import { needsRoot } from '../lab/skip.ts';
import { makeTemp } from '../lab/temp.ts';

const root = join(import.meta.dirname, '../..');
const node = process.execPath;

for (const component of [...sensors, ...listeners]) {
  test(`sensor ${component.name}: has its file and its page`, () => {
    assert.ok(existsSync(join(root, `src/sensors/${component.name}.ts`)));
    const page = readFileSync(join(root, `docs/sensors/${component.name}.md`), 'utf8');
    for (const heading of [
      '## What it sees',
      '## Why it matters',
      '## False alarms',
      '## How to quiet it',
      '## Settings',
    ])
      assert.ok(page.includes(heading), `docs/sensors/${component.name}.md lacks "${heading}"`);
    assert.match(component.doc, /\.$/);
  });
}

for (const { table } of [...sensors, ...lookups]) {
  test(`table ${table.name}: its slot and roles are columns, and every column says what it is`, () => {
    for (const name of [...table.key, ...table.slot, ...table.compared]) assert.ok(name in table.columns, name);
    for (const [name, [, doc]] of Object.entries(table.columns)) assert.ok(doc.length > 5, name);
    assert.ok(!table.key.includes('pid'), 'an identity holds no pid');
  });
}

for (const { table } of sensors) {
  test(`table ${table.name}: its page tells of every column`, () => {
    const page = readFileSync(join(root, `docs/sensors/${table.name}.md`), 'utf8');
    for (const name of Object.keys(table.columns)) assert.ok(page.includes(`| \`${name}\` |`), name);
  });
}

test('sockets: every family that can receive is one right row, and clients are none', {
  skip: needsRoot(),
}, async () => {
  await using net = await makeNetns();
  await using temp = await makeTemp();
  const opener = net.spawn(node, [join(root, 'test/lab/open-sockets.ts'), temp.path]);
  assert.ok(opener.stdout !== null);
  const [said] = (await once(opener.stdout, 'data')) as [Buffer];
  assert.equal(said.toString(), 'open\n');
  const look = await lookIn(net, 'sockets');
  const rows = look.rows.filter((row) => row['pid'] === opener.pid);
  const seen = rows.map((row) =>
    [row['family'], row['protocol'], row['address'], row['port'], String(row['path']).replace(temp.path, 'TEMP')].join(
      ' ',
    ),
  );
  // Node opens nothing more: the child of nsenter is node itself, with the pid that nsenter had.
  assert.deepEqual(seen.sort(), [
    'inet raw 0.0.0.0 0 icmp',
    'inet tcp 0.0.0.0 4444 ',
    'inet udp 127.0.0.1 5300 ',
    'inet6 tcp ::1 4446 ',
    'netlink netlink  0 route',
    'packet packet  0 all',
    'unix dgram  0 @*',
    'unix dgram  0 TEMP/dgram.sock',
    'unix stream  0 @telltale-test-abstract',
    'unix stream  0 TEMP/ssh-XXabCdEfGh.sock',
  ]);
  for (const row of rows) {
    assert.equal(row['exe'], node);
    assert.equal(row['user'], 'root');
    assert.equal(row['namespace'], 'host');
    assert.deepEqual(row['holders'], [`${String(row['comm'])} (${String(opener.pid)})`]);
  }
  const of = (port: number): Row | undefined => rows.find((row) => row['port'] === port);
  assert.equal(of(4444)?.['exposure'], 'open');
  assert.equal(of(5300)?.['exposure'], 'local');
  assert.match(String(rows.find((row) => row['protocol'] === 'stream')?.['mode']), /^07[0-7][0-7]$/);

  const connections = await lookIn(net, 'connections');
  const ours = connections.rows.filter((row) => row['pid'] === opener.pid && row['family'] === 'inet');
  assert.deepEqual(
    ours.map((row) => `${String(row['state'])} ${String(row['remotePort'])}`).filter((text) => text.endsWith(' 4444')),
    ['ESTAB 4444'],
  );
});

async function lookIn(net: Awaited<ReturnType<typeof makeNetns>>, table: string): Promise<Look> {
  const { stdout, stderr } = await net.run(node, [join(root, 'test/lab/look-once.ts'), table]);
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Look;
}
