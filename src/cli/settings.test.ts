import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { runProgram } from './program.ts';
import { stateDirFor } from './settings.ts';
import { makeTerminal } from './terminal.ts';

const quiet = (argv: readonly string[]) =>
  makeTerminal({ env: {}, tty: false, columns: undefined, argv, write: () => undefined });

test('a relative state directory is one of the current folder, by the flag and by the environment', async () => {
  const before = process.env['TELLTALE_STATE_DIR'];
  const ask = (stateDir?: string): Promise<string> => stateDirFor({ config: undefined, stateDir }, quiet([]));
  try {
    process.env['TELLTALE_STATE_DIR'] = 'here/state';
    assert.equal(await ask(), resolve('here/state'));
    assert.equal(await ask('./other'), resolve('other'), 'the flag goes first');
    process.env['TELLTALE_STATE_DIR'] = '/var/tmp/x';
    assert.equal(await ask(), '/var/tmp/x');
  } finally {
    if (before === undefined) delete process.env['TELLTALE_STATE_DIR'];
    else process.env['TELLTALE_STATE_DIR'] = before;
  }
});

test('lsm -d takes --yes in silence', async () => {
  await using temp = await makeTemp();
  const argv = ['lsm', '-d', '--yes', '--state-dir', `${temp.path}/state`];
  await assert.rejects(runProgram(argv, quiet(argv)), { code: 'NO_STATE' });
});
