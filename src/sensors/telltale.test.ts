import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { linkSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import type { FileEvents, Home, Host } from '#model/host.ts';
import { captureFolder, type MadeFile } from '#test/lab/captured-folder.ts';
import sensor, { telltaleListener } from './telltale.ts';

const signal = new AbortController().signal;
const home: Home = {
  program: '/opt/telltale',
  node: '/opt/telltale/node/bin/node',
  settings: '/etc/telltale/telltale.yaml',
  stateDir: '/var/lib/telltale',
};

const sound = {
  '/opt/telltale/package.json': '{ "version": "1.2.3" }',
  '/opt/telltale/lib/main.js': 'main',
  '/opt/telltale/bin/telltale': { content: '#!/bin/sh', mode: 0o755 },
  '/opt/telltale/node/bin/node': { content: 'node', mode: 0o755 },
  '/etc/telltale/telltale.yaml': { content: 'password: hunter2', mode: 0o640 },
  '/var/lib/telltale': { folder: true, mode: 0o750 },
} satisfies Record<string, MadeFile>;

async function rowsOf(
  files: Readonly<Record<string, MadeFile>>,
  change?: (write: (path: string, file: MadeFile) => void) => void,
) {
  await using folder = await captureFolder(files);
  const host = { ...folder.host, home };
  const first = await sensor.look(host, signal);
  change?.((path, file) => folder.write(path, file));
  // As after minutes: to another host nothing is known yet.
  const second = await sensor.look({ ...host }, signal);
  const differ = second.rows.filter((row, at) => row.digest !== first.rows[at]?.digest).map(({ part }) => part);
  return { first, second, differ };
}

test('program, Node, settings and state directory are rows; no content is in them', async () => {
  const { first, differ } = await rowsOf(sound);
  assert.deepEqual(
    first.rows.map(({ part, mode, version, files, openToOthers }) => [part, mode, version, files, openToOthers]),
    [
      ['program', '0755', '1.2.3', 3, false],
      ['node', '0755', '', 1, false],
      ['settings', '0640', '', 1, false],
      ['state', '0750', '', 0, false],
    ],
  );
  assert.deepEqual(differ, []);
  assert.ok(!JSON.stringify(first.rows).includes('hunter2'));
});

test('a changed line of the program, another Node and other settings change their row', async () => {
  const { differ } = await rowsOf(sound, (write) => {
    write('/opt/telltale/lib/main.js', 'evil');
    write('/opt/telltale/node/bin/node', 'NODE');
    write('/etc/telltale/telltale.yaml', 'notifiers: []');
  });
  assert.deepEqual(differ, ['program', 'node', 'settings']);
});

test('a file that is added to the program, or made executable, changes it', async () => {
  const added = await rowsOf(sound, (write) => write('/opt/telltale/lib/more.js', ''));
  assert.deepEqual(added.differ, ['program']);
  const made = await rowsOf(sound, (write) => write('/opt/telltale/lib/main.js', { content: 'main', mode: 0o755 }));
  assert.deepEqual(made.differ, ['program']);
});

test('a hard link to the Node, or another time of it, is no other Node; it is read whole when its times moved', async () => {
  await using folder = await captureFolder(sound);
  const node = `${folder.path}${home.node}`;
  let read = 0;
  const digest = (path: string): Promise<string> => {
    read += 1;
    return Promise.resolve(hash('sha256', readFileSync(folder.path + path)));
  };
  const integrity = { deep: { digest } } as unknown as NonNullable<Host['integrity']>;
  const host: Host = { ...folder.host, home, integrity };
  const look = async (): Promise<string | undefined> =>
    (await sensor.look(host, signal)).rows.find(({ part }) => part === 'node')?.digest;
  const before = await look();
  assert.equal(before?.length, 32);
  assert.deepEqual([await look(), read], [before, 1]);
  linkSync(node, `${node}-beside`);
  utimesSync(node, 1, 1);
  assert.deepEqual([await look(), read], [before, 2]);
  writeFileSync(node, 'evil');
  utimesSync(node, 1, 1);
  assert.notEqual(await look(), before);
});

test('what Node compiled of it is no change, and the file that was changed last is named', async () => {
  const { second, differ } = await rowsOf(sound, (write) => {
    write('/opt/telltale/node_modules/.cache/telltale-compile/v26/0a', 'compiled');
    write('/opt/telltale/node_modules/koffi/index.js', 'koffi');
  });
  assert.deepEqual(differ, ['program']);
  assert.equal(second.rows[0]?.files, 4);
  assert.equal(second.rows[0]?.newest, '/opt/telltale/node_modules/koffi/index.js');
  const cached = await rowsOf(sound, (write) =>
    write('/opt/telltale/node_modules/.cache/telltale-compile/v26/0a', 'compiled'),
  );
  assert.deepEqual(cached.differ, []);
});

const lock = { packages: { '': { dependencies: { koffi: '3' } }, 'node_modules/koffi': {}, 'node_modules/vite': {} } };
const { '/opt/telltale/lib/main.js': _main, '/etc/telltale/telltale.yaml': _settings, ...rest } = sound;
const clone = {
  ...rest,
  '/opt/telltale/package-lock.json': JSON.stringify(lock),
  '/opt/telltale/src/main.ts': 'main',
  '/opt/telltale/src/web/gate.ts': 'gate',
  '/opt/telltale/node_modules/koffi/index.js': 'koffi',
} satisfies Record<string, MadeFile>;

test('of a clone what runs is compared, with the packages inside; missing settings are nothing', async () => {
  const { first } = await rowsOf(clone);
  assert.deepEqual(
    first.rows.map(({ part, files }) => [part, files]),
    [
      ['program', 6],
      ['node', 1],
      ['state', 0],
    ],
  );
  assert.deepEqual(first.gaps, []);
  const changes = {
    '/opt/telltale/src/main.ts': ['program'],
    '/opt/telltale/src/web/more.ts': ['program'],
    '/opt/telltale/node_modules/koffi/index.js': ['program'],
    '/opt/telltale/package-lock.json': ['program'],
    '/opt/telltale/src/main.test.ts': [],
    '/opt/telltale/src/web/page/dist/index.html': [],
    '/opt/telltale/node_modules/vite/index.js': [],
  };
  for (const [path, parts] of Object.entries(changes)) {
    const { differ } = await rowsOf(clone, (write) => write(path, '// {}'));
    assert.deepEqual(differ, parts, path);
  }
});

test('a recorded host is not ours; the listener hears of settings and program', async () => {
  await using folder = await captureFolder(sound);
  assert.deepEqual((await sensor.look(folder.host, signal)).rows, []);
  const wished: (readonly string[])[] = [];
  await using heard = await telltaleListener.listen(
    {
      ...folder.host,
      home,
      fileEvents: (wish, stop) => {
        wished.push(wish.paths());
        return folder.host.fileEvents(wish, stop);
      },
    },
    AbortSignal.abort(),
  );
  assert.equal(heard.lost(), 0);
  const folders = ['/opt/telltale/lib', '/opt/telltale/src', '/opt/telltale/bin'];
  assert.deepEqual(wished, [['/etc/telltale/telltale.yaml', '/var/lib/telltale', ...folders]]);
});

test('the program is looked at again after some minutes, and at once when something of it was touched', async () => {
  await using folder = await captureFolder(sound);
  let nowMs = 0;
  const ended = Promise.withResolvers<void>();
  const touched = { kind: 'written', timeMs: 1, path: '/opt/telltale/lib/main.js', directory: false, pid: 0 } as const;
  const files: FileEvents = {
    batches: (async function* () {
      yield [{ ...touched, process: undefined }];
      await ended.promise;
    })(),
    lost: () => 0,
    by: 'test',
    gaps: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const host: Host = {
    ...folder.host,
    home,
    clock: { ...folder.host.clock, monotonicMs: () => nowMs },
    fileEvents: () => Promise.resolve(files),
  };
  const digest = async (): Promise<string | undefined> => (await sensor.look(host, signal)).rows[0]?.digest;
  const before = await digest();
  folder.write('/opt/telltale/lib/main.js', 'evil');
  nowMs = 299_000;
  assert.equal(await digest(), before);
  nowMs = 301_000;
  const later = await digest();
  assert.notEqual(later, before);
  folder.write('/opt/telltale/lib/main.js', 'worse');
  assert.equal(await digest(), later);
  await using listening = await telltaleListener.listen(host, signal);
  for await (const batch of listening.events) if (batch.length > 0) break;
  ended.resolve();
  assert.notEqual(await digest(), later);
});
