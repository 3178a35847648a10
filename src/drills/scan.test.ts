import assert from 'node:assert/strict';
import test from 'node:test';
import type { Alert } from '#model/finding.ts';
import { makeStand } from '#test/lab/scan-stand.ts';
import { until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';
import drill from './scan.ts';

const SCRIPT = (port: string): string => `
import drill from '${import.meta.dirname}/scan.ts';
await using act = await drill.act({ own: new Set() }, AbortSignal.timeout(5000));
console.log(act.words);
// Other addresses of loopback are nobody's business.
for (let port = 1; port < 40; port += 1)
  await fetch('http://127.0.0.1:' + (${port} + port)).catch(() => undefined);
`;

test('the drill is heard on loopback as our own hand, and nothing else there is', { skip: needsRoot() }, async () => {
  await using stand = await makeStand(0);
  const { stdout, stderr } = await stand.star.middle.run(process.execPath, [
    '--input-type=module',
    '-e',
    SCRIPT('2000'),
  ]);
  assert.equal(stdout.trim(), 'knocked at 10 closed ports of 127.84.84.84', stderr);
  await until('the scan', () => stand.told.length > 0);
  const { rows } = await stand.rows();
  assert.deepEqual(
    rows.map(({ source, kind, closed, scannerPid }) => [source, kind, closed, scannerPid > 0]),
    [['127.84.84.83', 'connect', 10, true]],
  );
});

test('the drill knows its alert, and can be stopped before it began', async () => {
  await using act = await drill.act({ own: new Set() }, AbortSignal.timeout(10_000));
  const alert = (rule: string, ip: string): Alert => ({ finding: { rule, source: { ip } } }) as unknown as Alert;
  assert.ok(act.isToldBy(alert('port-scan', '127.84.84.83')));
  assert.ok(!act.isToldBy(alert('port-scan', '192.0.2.7')));
  assert.ok(!act.isToldBy(alert('probe-flood', '127.84.84.83')));
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});
