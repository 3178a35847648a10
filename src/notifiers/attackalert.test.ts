import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Alert } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { plainWords } from '#test/lab/fake-watch.ts';
import { makeTemp } from '#test/lab/temp.ts';
import attackalert from './attackalert.ts';

function scan(more: Partial<Alert['finding']> = {}, update = false): Notice {
  const finding = {
    rule: 'port-scan',
    severity: 'medium',
    subject: 'x',
    title: 'x',
    why: 'x',
    next: 'x',
    facts: { ports: '21-23,80', kind: 'fin' },
    source: { ip: '192.0.2.7' },
    ...more,
  } as const;
  const alert = { id: 'a', firstMs: 1_700_000_000_000, lastMs: 0, finding } as unknown as Alert;
  return { seq: 1, alert, incident: {} as Notice['incident'], update, alerts: [alert] };
}

const open = async (settings: object) => {
  const host = fakeHost();
  const signal = new AbortController().signal;
  const channel = await attackalert.open({
    host,
    words: plainWords,
    settings: v.parse(attackalert.settings, settings),
    signal,
  });
  return { host, channel, send: (notice: Notice) => channel.send(notice, signal) };
};

test('a scan is some lines in syslog and one in each file, once', async () => {
  await using temp = await makeTemp();
  const [history, blocked] = [join(temp.path, 'history'), join(temp.path, 'blocked')];
  const { host, channel, send } = await open({ history, blocked, lines: 2 });
  await send(scan());
  await send(scan({}, true));
  await send(scan({ rule: 'new-listener' }));
  await send(scan({ source: { ip: 'x\nportsentry: forged' } }));
  await channel[Symbol.asyncDispose]();
  assert.equal(host.datagrams.length, 2);
  assert.match(
    host.datagrams[0] ?? '',
    /^\/dev\/log <29>.*: attackalert: TCP FIN scan from host: 192\.0\.2\.7\/192\.0\.2\.7 to TCP port: 21$/,
  );
  for (const file of [history, blocked])
    assert.match(readFileSync(file, 'utf8'), /^1700000000 - .* Port: 21 TCP Blocked\n$/);
});

test('1.0 as an option, no syslog on request; a syslog that is away is tried again', async () => {
  const old = await open({ wording: '1.0' });
  await old.send(scan());
  assert.match(old.host.datagrams[3] ?? '', /attackalert: FIN scan from host: .* to TCP port: 80$/);
  const quiet = await open({ syslog: false });
  await quiet.send(scan());
  assert.deepEqual(quiet.host.datagrams, []);
  const away = await open({});
  Object.assign(away.host, { datagram: () => ({ error: 'ENOENT', path: '/dev/log' }) });
  await assert.rejects(away.send(scan()), /"\/dev\/log": ENOENT/);
});
