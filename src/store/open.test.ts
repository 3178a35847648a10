import assert from 'node:assert/strict';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openClock } from '#host/clock.ts';
import type { Clock } from '#model/host.ts';
import type { Store, StoredAlert, StoreRecord } from '#model/store.ts';
import { FakeClock } from '#test/lab/fake-host.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openStore } from './open.ts';

const never = new AbortController().signal;
const host = (): { clock: Clock } => ({ clock: openClock() });

function alertRecord(number: number, more: Partial<StoredAlert> = {}): StoreRecord {
  const id = `019aa4a1-7c00-7abc-9def-${number.toString(16).padStart(12, '0')}`;
  const finding = {
    rule: 'r',
    severity: 'low',
    subject: `s${number}`,
    title: `t${number}`,
    why: 'w',
    next: 'n',
    facts: {},
  } as const;
  const alert: StoredAlert = {
    id,
    fingerprint: `f${number}`,
    incident: 'i',
    host: 'h',
    state: 'open',
    finding,
    table: 't',
    key: `k${number}`,
    count: 1,
    firstMs: 1_000 + number,
    lastMs: 1_000 + number,
    about: 'presence',
    ...more,
  };
  return { kind: 'alert', alert, opening: more.state === undefined };
}

async function filled(path: string, alerts = 20): Promise<void> {
  await using store = openStore({ stateDir: path, host: host(), mode: 'write' });
  const writes = Array.from({ length: alerts }, (_, number) =>
    store.write([
      alertRecord(number),
      { kind: 'seen', seen: { table: 't', key: `k${number}`, row: { a: number }, sinceMs: 1 } },
    ]),
  );
  await Promise.all(writes);
  await store.write([alertRecord(3, { state: 'closed', closedMs: 5 })]);
  const move = {
    version: 1,
    timeMs: 9,
    by: 'a',
    reason: 'b',
    kind: 'replace',
    put: [{ table: 't', key: 'k', row: { a: 1 }, by: 'x' }],
    drop: [],
    rows: 1,
  } as const;
  await store.write([{ kind: 'baseline', move }]);
}

async function verifyAfter(tamper: (database: DatabaseSync) => void): Promise<Awaited<ReturnType<Store['verify']>>> {
  await using temp = await makeTemp();
  const path = `${temp.path}/state`;
  const writing = filled(path);
  await writing;
  const database = new DatabaseSync(`${path}/telltale.db`);
  tamper(database);
  database.close();
  await using store = openStore({ stateDir: path, host: host(), mode: 'read' });
  return await store.verify(never);
}

test('verify() finds a store whole that nobody touched', async () => {
  const result = await verifyAfter(() => undefined);
  assert.equal(result.whole, true, JSON.stringify(result.broken));
  assert.equal(result.records, 22);
});

for (const [what, sql, seq, why] of [
  ['a flipped byte', 'UPDATE chain SET body = replace(body, \'"t5"\', \'"t6"\') WHERE seq = 6', 6, /altered/],
  ['another time', 'UPDATE chain SET time_ms = time_ms + 1 WHERE seq = 9', 9, /altered/],
  ['a removed record', 'DELETE FROM chain WHERE seq = 7', 7, /removed/],
  ['removed records', 'DELETE FROM chain WHERE seq IN (7, 8)', 7, /2 records from here were removed/],
  ['a removed beginning', 'DELETE FROM chain WHERE seq < 4', 1, /3 records/],
  [
    'exchanged records',
    'UPDATE chain SET seq = -1 WHERE seq = 4; UPDATE chain SET seq = 4 WHERE seq = 5; UPDATE chain SET seq = 5 WHERE seq = -1',
    4,
    /exchanged/,
  ],
  ['a cut tail', 'DELETE FROM chain WHERE seq > 18', 19, /cut off: 4 records/],
  [
    'a forged addition',
    'INSERT INTO chain SELECT seq + 1, time_ms, kind, ref, body, hash FROM chain ORDER BY seq DESC LIMIT 1',
    23,
    /altered/,
  ],
  [
    'an alert changed beside the chain',
    "UPDATE alerts SET body = replace(body, 't8', 'xx') WHERE body LIKE '%\"t8\"%'",
    9,
    /no longer reads/,
  ],
  [
    'an alert made to look closed',
    "UPDATE alerts SET body = replace(body, 'open', 'closed') WHERE body LIKE '%\"t8\"%'",
    9,
    /no longer reads/,
  ],
  ['a removed alert', 'DELETE FROM alerts WHERE body LIKE \'%"t8"%\'', 9, /was removed/],
  [
    'a row added to the baseline',
    "INSERT INTO baseline_moves (version, op, tbl, key, body, by) VALUES (1, 'put', 't', 'evil', '{}', 'x')",
    22,
    /baseline/,
  ],
  [
    'an unread link of the hash',
    "UPDATE chain SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 12",
    12,
    /altered/,
  ],
] as const) {
  test(`verify() finds ${what}`, async () => {
    const result = await verifyAfter((database) => database.exec(sql));
    assert.equal(result.whole, false);
    assert.equal(result.broken?.seq, seq);
    assert.match(result.broken?.why ?? '', why);
  });
}

test('a second writer is refused and told who holds the directory; readers are not', async () => {
  await using temp = await makeTemp();
  const settings = { stateDir: `${temp.path}/state`, host: host() };
  await using first = openStore({ ...settings, mode: 'write' });
  await first.write([alertRecord(1)]);
  assert.throws(() => openStore({ ...settings, mode: 'write' }), {
    code: 'LOCKED',
    message: new RegExp(`"${settings.stateDir}": process ${process.pid} `),
  });
  await using reader = openStore({ ...settings, mode: 'read' });
  assert.equal(reader.openAlerts().length, 1);
  assert.throws(() => reader.write([]), { code: 'READ_ONLY' });
});

test('a store of mode "nothing" works like another and leaves no trace', async () => {
  await using temp = await makeTemp();
  {
    await using store = openStore({ stateDir: `${temp.path}/state`, host: host(), mode: 'nothing' });
    await store.write([alertRecord(1)]);
    assert.equal(store.openAlerts().length, 1);
    assert.equal((await store.verify(never)).whole, true);
  }
  assert.deepEqual(readdirSync(temp.path), []);
});

test("a state directory in somebody else's folder is refused, and nothing is made there", {
  skip: needsRoot(),
}, async () => {
  await using temp = await makeTemp();
  const home = `${temp.path}/home`;
  mkdirSync(`${home}/below`, { recursive: true });
  const open = (stateDir: string, mode: 'write' | 'read' = 'write'): Store =>
    openStore({ stateDir, host: host(), mode });
  const refused = (path: string, message: RegExp): void => {
    for (const mode of ['write', 'read'] as const)
      assert.throws(() => open(path, mode), { code: 'BAD_STATE_DIR', message }, `${path} ${mode}`);
  };
  chownSync(home, 65_534, 65_534);
  refused(`${home}/state`, /uid 65534 may replace it: ".*\/home" is theirs\. Move it, or: chown root/);
  refused(`${home}/below/new/state`, /uid 65534/);
  assert.deepEqual(readdirSync(`${home}/below`), []);
  symlinkSync(`${home}/below`, `${temp.path}/way`);
  refused(`${temp.path}/way/state`, /uid 65534/);
  chownSync(home, 0, 0);
  chmodSync(home, 0o777);
  refused(`${home}/state`, /anyone may replace it/);
  chmodSync(home, 0o1777);
  await open(`${temp.path}/way/state`)[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(`${home}/below`), ['state']);
  writeFileSync(`${temp.path}/file`, '');
  refused(`${temp.path}/file/state`, /file" is no folder/);
});

test('the directory is 0750, the file 0600; links, foreign writers and newer formats are refused', async () => {
  await using temp = await makeTemp();
  const state = `${temp.path}/state`;
  const open = (stateDir: string, mode: 'write' | 'read' = 'write'): Store =>
    openStore({ stateDir, host: host(), mode });
  await open(state)[Symbol.asyncDispose]();
  assert.equal(statSync(state).mode & 0o777, 0o750);
  for (const name of ['telltale.db', 'lock']) assert.equal(statSync(`${state}/${name}`).mode & 0o777, 0o600, name);
  symlinkSync(state, `${temp.path}/link`);
  assert.throws(() => open(`${temp.path}/link`), { code: 'BAD_STATE_DIR', message: /symbolic link/ });
  mkdirSync(`${temp.path}/open`);
  chmodSync(`${temp.path}/open`, 0o777);
  writeFileSync(`${temp.path}/open/planted`, '');
  assert.throws(() => open(`${temp.path}/open`), { code: 'BAD_STATE_DIR', message: /others may write/ });
  mkdirSync(`${temp.path}/mounted`);
  chmodSync(`${temp.path}/mounted`, 0o1777);
  await open(`${temp.path}/mounted`)[Symbol.asyncDispose]();
  assert.equal(statSync(`${temp.path}/mounted`).mode & 0o7777, 0o750, 'empty and ours: a new tmpfs is shut');
  assert.throws(() => open(`${temp.path}/none`, 'read'), { code: 'BAD_STATE_DIR' });
  mkdirSync(`${temp.path}/planted`);
  symlinkSync('/etc/passwd', `${temp.path}/planted/telltale.db`);
  assert.throws(() => open(`${temp.path}/planted`), { code: 'BAD_STATE_DIR' });
  assert.ok(lstatSync(`${temp.path}/planted/telltale.db`).isSymbolicLink());
  const database = new DatabaseSync(`${state}/telltale.db`);
  database.exec('PRAGMA user_version = 999');
  database.close();
  assert.throws(() => open(state), { code: 'NEWER_STATE', message: /format 999/ });
  writeFileSync(`${state}/telltale.db`, 'not a database at all, but long enough to be looked at by SQLite'.repeat(100));
  assert.throws(() => open(state), { code: 'DAMAGED_STATE', message: /telltale daemon/ });
});

test('a list of records is stored whole or not at all', async () => {
  await using temp = await makeTemp();
  await using store = openStore({ stateDir: `${temp.path}/state`, host: host(), mode: 'write' });
  await store.write([
    { kind: 'notice', notice: { seq: 1, timeMs: 1, update: false, alert: {} as never, incident: {} as never } },
  ]);
  const twice = store.write([
    alertRecord(1),
    { kind: 'notice', notice: { seq: 1, timeMs: 1, update: false, alert: {} as never, incident: {} as never } },
  ]);
  await assert.rejects(twice, /UNIQUE/);
  assert.deepEqual(store.openAlerts(), []);
  assert.equal((await store.verify(never)).whole, true);
  await store.write([alertRecord(2)]);
  assert.equal((await store.verify(never)).whole, true);
});

test('what a full disk refuses is kept and written when there is room again', async () => {
  await using temp = await makeTemp();
  const clock = new FakeClock();
  await using store = openStore({ stateDir: `${temp.path}/state`, host: { clock }, mode: 'write' });
  const other = new DatabaseSync(`${temp.path}/state/telltale.db`, { timeout: 0 });
  other.exec('BEGIN IMMEDIATE');
  assert.equal(await store.write([alertRecord(1)]), 'kept');
  assert.match(store.trouble(), /another program holds/);
  assert.equal(await store.write([alertRecord(2)]), 'kept');
  other.exec('ROLLBACK');
  other.close();
  await clock.advance(3_000);
  assert.equal(store.trouble(), '');
  assert.equal(store.openAlerts().length, 2);
  assert.equal((await store.verify(never)).whole, true);
});

test('retention removes whole segments, and what stays still verifies', async () => {
  await using temp = await makeTemp();
  const clock = new FakeClock();
  const stateDir = `${temp.path}/state`;
  const startMs = clock.nowMs();
  {
    await using store = openStore({ stateDir, host: { clock }, mode: 'write' });
    for (let day = 0; day < 10; day += 1) {
      const lastMs = clock.nowMs();
      await store.write([
        alertRecord(day, { firstMs: lastMs, lastMs }),
        alertRecord(day, { state: 'closed', closedMs: lastMs, firstMs: lastMs, lastMs }),
      ]);
      await clock.advance(86_400_000);
    }
    await store.write([alertRecord(100)]);
    await clock.advance(100);
    const gone = await store.retain(startMs + 5 * 86_400_000 - 1);
    assert.deepEqual(gone, { records: 14, alerts: 5 });
    assert.equal((await store.verify(never)).whole, true);
    assert.equal((await store.retain(startMs + 5 * 86_400_000 - 1)).records, 0);
  }
  await using again = openStore({ stateDir, host: { clock }, mode: 'write' });
  await again.write([alertRecord(101)]);
  const result = await again.verify(never);
  assert.equal(result.whole, true, JSON.stringify(result.broken));
  assert.ok(result.records > 10);
  const database = new DatabaseSync(`${stateDir}/telltale.db`);
  database.exec('DELETE FROM chain WHERE seq = (SELECT min(seq) FROM chain)');
  database.close();
  assert.equal((await again.verify(never)).whole, false);
});

test('alerts are found by the beginning of their short or whole id', async () => {
  await using temp = await makeTemp();
  await using store = openStore({ stateDir: `${temp.path}/state`, host: host(), mode: 'write' });
  await store.write([alertRecord(0x8e1f20), alertRecord(0x8e1f21), alertRecord(0x70aa11)]);
  assert.equal(store.findAlertIds('8e1', 5).length, 2);
  assert.deepEqual(
    store.findAlertIds('70AA', 5).map((id) => id.slice(-6)),
    ['70aa11'],
  );
  assert.equal(store.findAlertIds('019aa4a1', 5).length, 3);
  assert.deepEqual(store.findAlertIds("' OR 1", 5), []);
});

test('group commit writes at once when idle, and together what follows soon', async () => {
  await using temp = await makeTemp();
  const clock = new FakeClock();
  await using store = openStore({ stateDir: `${temp.path}/state`, host: { clock }, mode: 'write' });
  const count = (): number => {
    const reader = new DatabaseSync(`${temp.path}/state/telltale.db`, { readOnly: true });
    const row = reader.prepare('SELECT count(*) AS n FROM alerts').get();
    reader.close();
    return Number(row?.['n']);
  };
  void store.write([alertRecord(1)]);
  assert.equal(count(), 1);
  void store.write([alertRecord(2)]);
  void store.write([alertRecord(3)]);
  assert.equal(count(), 1);
  await clock.advance(51);
  assert.equal(count(), 3);
});

test('a small value counts at once, also while the disk refuses it: a login link works once', async () => {
  await using temp = await makeTemp();
  const clock = new FakeClock();
  await using store = openStore({ stateDir: `${temp.path}/state`, host: { clock }, mode: 'write' });
  await store.write([{ kind: 'value', name: 'web.link', value: 'hash' }]);
  await clock.advance(1_000);
  const other = new DatabaseSync(`${temp.path}/state/telltale.db`, { timeout: 0 });
  other.exec('BEGIN IMMEDIATE');
  assert.equal(await store.write([{ kind: 'value', name: 'web.tries', value: '1' }]), 'kept');
  await store.write([{ kind: 'value', name: 'web.link', value: '' }]);
  assert.deepEqual([store.value('web.link'), store.value('web.tries')], [undefined, '1']);
  other.exec('ROLLBACK');
  other.close();
});
