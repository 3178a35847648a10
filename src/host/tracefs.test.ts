import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { TraceRecord } from '#formats/trace-records.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { bufferSizeKb } from './trace-instance.ts';
import { openTracefs, type Tracefs, type TracefsOptions } from './tracefs.ts';
import { openTracefsMount } from './tracefs-mount.ts';

const tag = `test-${process.pid}`;

function open(options: Partial<TracefsOptions> = {}): Tracefs {
  const trace = openTracefs({ tag, onRecords: () => undefined, onLoss: () => undefined, ...options });
  assert.ok(typeof trace !== 'string', 'tracefs refused');
  return trace;
}

/** Looks at a file of an instance, through a mount of the test's own. */
function look<T>(name: string, see: (path: string) => T): T {
  const mount = openTracefsMount();
  assert.ok(typeof mount !== 'string', 'tracefs refused');
  try {
    return see(`${mount.path}/instances/telltale-${name}`);
  } finally {
    mount[Symbol.dispose]();
  }
}

const isThere = (name: string): boolean => look(name, (path) => existsSync(path) || existsSync(`${path}-processes`));

async function run(command: string, args: readonly string[]): Promise<void> {
  await once(spawn(command, args, { stdio: 'ignore' }), 'exit');
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const words = [...Array(400).keys()].map(String);

describe('openTracefs()', { skip: needsRoot(), concurrency: false }, () => {
  test('leaves nothing behind', () => {
    const trace = open();
    assert.ok(isThere(tag));
    trace[Symbol.dispose]();
    assert.ok(!isThere(tag));
  });

  test('takes over what a killed daemon left under the same tag', async () => {
    const script =
      `import { openTracefs } from ${JSON.stringify(new URL('./tracefs.ts', import.meta.url).href)};` +
      `const t = openTracefs({ tag: ${JSON.stringify(tag)}, onRecords() {}, onLoss() {} }); console.log(typeof t);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    assert.equal(said.toString().trim(), 'object');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(isThere(tag));
    let heard = 0;
    const trace = open({
      onRecords: (records) => {
        heard += records.length;
      },
    });
    await run('/bin/true', []);
    await until(() => heard > 0);
    trace[Symbol.dispose]();
    assert.ok(!isThere(tag));
  });

  test('works beside another one, which goes on when this one ends', async () => {
    const other = open({ tag: `${tag}-other` });
    const records: TraceRecord[] = [];
    const trace = open({ onRecords: (batch) => records.push(...batch) });
    other[Symbol.dispose]();
    await run('/bin/true', []);
    const isTrue = (record: TraceRecord): boolean =>
      record.type === 'exec' && record.filename.toString().endsWith('/true');
    await until(() => records.some(isTrue));
    trace[Symbol.dispose]();
    assert.ok(!isThere(`${tag}-other`) && !isThere(tag));
  });

  test('delivers in order of time, and counts exactly what was overwritten while the loop stood still', async () => {
    const records: TraceRecord[] = [];
    let told = 0;
    const trace = open({
      bufferKb: 16,
      onRecords: (batch) => records.push(...batch),
      onLoss: (lost) => {
        told += lost;
      },
    });
    const child = spawn('/bin/sh', ['-c', 'for i in $0 $*; do /bin/true; done', ...words], { stdio: 'ignore' });
    const end = performance.now() + 1200;
    while (performance.now() < end) Math.sqrt(end);
    await once(child, 'exit');
    const isEnd = (record: TraceRecord): boolean => record.type === 'exit' && record.pid === child.pid;
    await until(() => records.some(isEnd));
    const overrun = look(tag, (path) =>
      [path, `${path}-processes`]
        .flatMap((folder) => Array.from({ length: 64 }, (_, cpu) => `${folder}/per_cpu/cpu${cpu}/stats`))
        .filter((file) => existsSync(file))
        .reduce((sum, file) => sum + Number(/^overrun: (\d+)$/m.exec(readFileSync(file, 'latin1'))?.[1]), 0),
    );
    trace[Symbol.dispose]();
    assert.ok(overrun > 0, 'the buffer was large enough: nothing was lost');
    assert.deepEqual([trace.lost(), told], [overrun, overrun]);
    const times = records.map(({ timeNs }) => timeNs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });
});

test('bufferSizeKb() takes less for each CPU when there are many', () => {
  assert.deepEqual([bufferSizeKb(1), bufferSizeKb(16), bufferSizeKb(256)], [2048, 1024, 256]);
});
