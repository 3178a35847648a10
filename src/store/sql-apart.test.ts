import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { FakeClock } from '../../test/lab/fake-host.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { openStore } from './open.ts';
import { askSqlApart } from './sql-apart.ts';

const ENDLESS = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)';

/** Processes of the question that still run. */
const running = (): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [parent = ''] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.slice(1) ?? [];
      return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sql-child');
    } catch {
      // Gone meanwhile.
      return false;
    }
  });

test('a question is answered apart, and one without end in time or memory is given up', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  {
    await using store = openStore({ stateDir, host: { clock: new FakeClock(1_000_000) }, mode: 'write' });
    await store.write([]);
  }
  const ask = (sql: string, timeMs = 60_000, memoryBytes = 256 << 20) =>
    askSqlApart({ stateDir, tables: [], sql, limit: 1_000_000 }, { timeMs, memoryBytes });
  const { columns, rows, more } = await ask(
    "SELECT 1 AS a, x'00' AS b, 9e999 AS c, 9223372036854775807 AS d, NULL AS e",
  );
  assert.deepEqual(
    [columns, rows, more],
    [['a', 'b', 'c', 'd', 'e'], [[1, '(bytes)', 'Infinity', '9223372036854775807', null]], false],
  );
  await assert.rejects(ask('SELECT nowhere'), { code: 'SQL', message: /no such column: nowhere\. Tables and columns/ });
  await assert.rejects(ask(`${ENDLESS} SELECT count(*) FROM c`, 2000), {
    code: 'SQL',
    message: /no end after 2 s\. Ask for less, or give it --time-limit/,
  });
  // A sort that keeps every row; half a million rows for V8; one cell; all together.
  await assert.rejects(ask(`${ENDLESS} SELECT x, hex(zeroblob(1000000)) AS y FROM c ORDER BY y, x DESC`), {
    message: /it needs more than 256 MiB of memory/,
  });
  await assert.rejects(ask(`${ENDLESS} SELECT x, hex(zeroblob(60)) FROM c`), { message: /longer than 64 MiB/ });
  await assert.rejects(ask('SELECT hex(zeroblob(100000000))'), { message: /string or blob too big/ });
  assert.deepEqual(running(), []);
});
