import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

/** What a process does that bounded itself first. */
function bounded(script: string): { readonly signal: string | null; readonly said: string } {
  const limits = `import { limitSelf } from '${import.meta.dirname}/process-limits.ts';
limitSelf({ memoryBytes: 64 << 20, cpuSeconds: 1 });`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', `${limits}\n${script}`]);
  return { signal, said: stdout.toString().trim() };
}

test('memory beyond the bound is refused, and who takes more time is ended', () => {
  const take =
    'try { console.log(Buffer.alloc(SIZE << 20).length >> 20) } catch (error) { console.log(error.message) }';
  assert.equal(bounded(take.replace('SIZE', '16')).said, '16');
  assert.equal(bounded(take.replace('SIZE', '128')).said, 'Array buffer allocation failed');
  assert.equal(bounded('for (;;);').signal, 'SIGXCPU');
});
