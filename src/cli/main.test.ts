import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(import.meta.resolve('#cli/main.ts'));
const options = { encoding: 'utf8', timeout: 120_000 } as const;

function run(script: string) {
  const code = `import { main } from ${JSON.stringify(main)};\n${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], options);
}

test('a fault that nobody waited for is told in one line and ends with the code of a fault', () => {
  const { status, stderr } = run(
    "const wanted = main(['version']); Promise.reject(new Error('the store is upside down')); process.exitCode = await wanted;",
  );
  assert.equal(status, 70);
  assert.match(stderr, /^telltale: Telltale failed: the store is upside down\. Please report[^\n]*\n$/);
});

test('an error that was told and rejects a second time is told once, and its own code stays', () => {
  const tell = fileURLToPath(import.meta.resolve('#cli/tell.ts'));
  const { status, stderr } = run(`
    import { tell } from ${JSON.stringify(tell)};
    import { VerbError } from ${JSON.stringify(fileURLToPath(import.meta.resolve('#model/verbs.ts')))};
    await main(['version']);
    const error = new VerbError('LOCKED', 'another holds it');
    process.exitCode = tell(error, { format: 'words', err: (line) => console.error(line) });
    Promise.reject(error);
  `);
  assert.equal(status, 75);
  assert.equal(stderr, 'telltale: another holds it\n');
});

test('a fault in logrotate is told like any other, whether somebody waits for it or not', () => {
  const logrotate = fileURLToPath(import.meta.resolve('#cli/logrotate.ts'));
  const faults = ['Date.now = fail', 'setImmediate(fail)'];
  for (const fault of faults) {
    const code = `import { runLogrotate } from ${JSON.stringify(logrotate)};
      const fail = () => { throw new Error('the log is upside down'); };
      ${fault};
      process.exitCode = await runLogrotate(['/nonexistent/conf']);
      await new Promise((done) => setTimeout(done, 5000));`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], options);
    assert.equal(status, 70, `${fault}: ${stderr}`);
    assert.match(stderr, /^telltale: Telltale failed: the log is upside down\. Please report/m);
  }
});
