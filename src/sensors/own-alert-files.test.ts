import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import test from 'node:test';
import type { Home, Host } from '#model/host.ts';
import { captureFolder } from '#test/lab/captured-folder.ts';
import { alertFileRows, checkAlertFile } from './own-alert-files.ts';

const PATH = '/var/log/telltale/alerts.jsonl';
const LINE = `${'x'.repeat(99)}\n`;

/** Files of alerts on a recorded host whose clock is the real one, as its files are. */
async function place(appended?: Host['appended']) {
  const folder = await captureFolder({ [PATH]: LINE.repeat(40) });
  const host: Host = {
    ...folder.host,
    clock: { ...folder.host.clock, nowMs: () => Date.now() },
    ...(appended && { appended }),
  };
  const home: Home = { program: '', node: '', settings: '', stateDir: '', alertFiles: [PATH] };
  const file = folder.path + PATH;
  const said = (): string => alertFileRows(host, home)[0]?.digest ?? '';
  assert.equal(said(), '');
  return { host, file, said, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('what is appended is no loss, and what is taken out is, also once more', async () => {
  await using at = await place();
  appendFileSync(at.file, LINE);
  assert.equal(checkAlertFile(at.host, PATH), false);
  truncateSync(at.file, 4000);
  assert.equal(checkAlertFile(at.host, PATH), true, 'known from our own line alone');
  assert.equal(at.said(), 'cut from 4100 to 4000 bytes');
  truncateSync(at.file, 0);
  assert.equal(at.said(), 'cut from 4000 to 0 bytes (2 times)');
  appendFileSync(at.file, LINE);
  assert.equal(at.said(), 'cut from 4000 to 0 bytes (2 times)', 'said until the end');
});

test('our own lines, which nobody hears of, are known by what is noted as they are written', async () => {
  await using at = await place(new Map());
  appendFileSync(at.file, LINE.repeat(10));
  at.host.appended?.set(PATH, { inode: statSync(at.file).ino, sizeBytes: 5000 });
  truncateSync(at.file, 4900);
  assert.equal(at.said(), 'cut from 5000 to 4900 bytes');
});

test('an exchanged file, a link and a removed file are told', async () => {
  for (const [act, words] of [
    [(file: string): void => rmSync(file), 'removed with its 4000 bytes'],
    [
      (file: string): void => {
        writeFileSync(`${file.slice(0, -6)}.sed`, LINE);
        renameSync(`${file.slice(0, -6)}.sed`, file);
      },
      'exchanged: 4000 bytes before, another file of 100 now',
    ],
    [
      (file: string): void => {
        rmSync(file);
        symlinkSync('/dev/null', file);
      },
      'replaced by a symbolic link',
    ],
  ] as const) {
    await using at = await place();
    act(at.file);
    assert.equal(at.said(), words);
  }
});

test('rotation is none of these: renamed, copied and cut, packed, and with an extension', async () => {
  const ways: readonly ((file: string) => void)[] = [
    (file) => renameSync(file, `${file}.1`),
    (file) => {
      renameSync(file, `${file}-20261121`);
      writeFileSync(file, '');
    },
    (file) => renameSync(file, file.replace('.jsonl', '-20261121.jsonl')),
    (file) => {
      copyFileSync(file, `${file}.1`);
      truncateSync(file, 0);
    },
    (file) => {
      writeFileSync(`${file}.1.gz`, 'packed');
      truncateSync(file, 0);
    },
  ];
  for (const way of ways) {
    await using at = await place();
    way(at.file);
    assert.equal(at.said(), '');
    assert.equal(checkAlertFile(at.host, PATH), false);
  }
});

test('a copy that holds less, or is called otherwise, is no rotation', async () => {
  const ways: readonly ((file: string) => void)[] = [
    (file) => {
      writeFileSync(`${file}.1`, LINE);
      truncateSync(file, 0);
    },
    (file) => renameSync(file, file.replace('alerts.jsonl', 'x')),
  ];
  for (const way of ways) {
    await using at = await place();
    way(at.file);
    assert.notEqual(at.said(), '');
  }
});
