/** Writes alerts with their seen rows until it is killed, and notes each one that the store acknowledged. */

import { openSync, writeSync } from 'node:fs';
import { openClock } from '../../src/host/clock.ts';
import type { StoredAlert } from '../../src/model/store.ts';
import { openStore } from '../../src/store/open.ts';

const [stateDir = '', acked = ''] = process.argv.slice(2);
const clock = openClock();
const store = openStore({ stateDir, host: { clock }, mode: 'write' });
const out = openSync(acked, 'a');
const finding = { rule: 'r', severity: 'low', subject: 's', title: 't', why: 'w', next: 'n', facts: {} } as const;

process.stdout.write('ready\n');
for (;;) {
  const batch = Array.from({ length: 7 }, () => clock.id());
  const writes = batch.map(async (key) => {
    const alert: StoredAlert = {
      id: key,
      fingerprint: key,
      incident: '',
      host: '',
      state: 'open',
      finding,
      table: 't',
      key,
      count: 1,
      firstMs: clock.nowMs(),
      lastMs: clock.nowMs(),
      about: 'presence',
    };
    const result = await store.write([
      { kind: 'seen', seen: { table: 't', key, row: { key }, sinceMs: 1 } },
      { kind: 'alert', alert, opening: true },
    ]);
    if (result === 'durable') writeSync(out, `${key}\n`);
  });
  await Promise.all(writes);
}
