/** Checks by name without a daemon as from cron, tables, and the history in SQL. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { listenOn, makeSite, type Site, startDaemon, stop, until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const skip = needsRoot();

async function portOpen(site: Site, port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { stdout } = await site.net.run('/usr/bin/ss', ['-Hltn', `sport = :${port}`]);
    if (stdout.includes(`:${port}`)) return;
  }
  throw new Error(`Port ${port} was not opened`);
}

test('checks by name, as from cron: each answers for its own table', { skip }, async () => {
  await using site = await makeSite();
  const first = await site.run('check', 'sockets', 'accounts', '--config', site.config);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  listenOn(site.net, 4711);
  await portOpen(site, 4711);
  const accounts = await site.run('check', 'accounts', '--json', '--config', site.config);
  assert.equal(accounts.code, 0, accounts.stdout);
  const found = await site.run('check', 'sockets', '--json', '--config', site.config);
  assert.equal(found.code, 2, found.stdout);
  const { status, changes } = JSON.parse(found.stdout) as {
    status: { sensors: { name: string }[] };
    changes: { alerts: { finding: { rule: string; facts: { port: number } } }[] }[];
  };
  assert.deepEqual(
    status.sensors.map(({ name }) => name),
    ['sockets'],
  );
  const told = changes.flatMap(({ alerts }) => alerts.map(({ finding }) => finding));
  assert.ok(told.some(({ rule, facts }) => rule === 'new-listener' && facts.port === 4711));
  const wrong = await site.run('check', 'acounts', '--config', site.config);
  assert.equal(wrong.code, 64);
  assert.match(wrong.stderr, /did you mean "accounts"/);
  const late = await site.run('check', 'sockets', '--time-limit', '5x', '--config', site.config);
  assert.equal(late.code, 64);
});

test('tables and their history beside a running daemon', { skip }, async () => {
  await using site = await makeSite();
  const { child } = await startDaemon(site);
  const beforeMs = Date.now();
  listenOn(site.net, 4712);
  await until('the alert', () => site.alerts().find(({ facts }) => facts.port === 4712));
  // A look follows the kernel's event within the second.
  let shown = await site.run('show', 'sockets', 'port=4712', '--new', '--jsonl');
  for (let tries = 0; tries < 20 && shown.stdout === ''; tries += 1)
    shown = await site.run('show', 'sockets', 'port=4712', '--new', '--jsonl');
  assert.equal(shown.code, 0, shown.stderr);
  const { row, mark } = JSON.parse(shown.stdout) as { row: { port: number; exe: string }; mark: string };
  assert.deepEqual([row.port, row.exe, mark], [4712, '/usr/bin/perl', 'new']);
  const query = 'select port, exe from sockets where port = 4712';
  const now = JSON.parse((await site.run('sql', query, '--json')).stdout) as { rows: unknown[] };
  assert.deepEqual(now.rows, [{ port: 4712, exe: '/usr/bin/perl' }]);
  const at = new Date(beforeMs).toISOString();
  const then = JSON.parse((await site.run('sql', query, '--at', at, '--json')).stdout) as { rows: unknown[] };
  assert.deepEqual(then.rows, []);
  const alerts = await site.run('sql', "select rule, title from alerts where rule = 'new-listener'");
  assert.match(alerts.stdout, /RULE\s+TITLE|rule\s+title/);
  assert.match(alerts.stdout, /4712/);
  const refused = await site.run('sql', 'delete from seen');
  assert.equal(refused.code, 65);
  assert.equal(await stop(child), 0);
});
