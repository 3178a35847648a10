import assert from 'node:assert/strict';
import { constants, existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { machine, machines } from './machine.ts';

test('the numbers of both machines are those of the kernel', () => {
  const { x64, arm64 } = machines;
  assert.deepEqual([x64.bpf, x64.fstat, x64.getdents64, x64.memfdCreate, x64.ptrace], [321, 5, 217, 319, 101]);
  assert.deepEqual(
    [arm64.bpf, arm64.fstat, arm64.getdents64, arm64.memfdCreate, arm64.ptrace],
    [280, 80, 61, 279, 117],
  );
  const names = { bpf: 'bpf', fstat: 'fstat', getdents64: 'getdents64', memfdCreate: 'memfd_create', ptrace: 'ptrace' };
  // Headers of the kernel, where they are installed: arm64 takes the generic ones.
  for (const [header, numbers] of [
    ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h', x64],
    ['/usr/include/asm-generic/unistd.h', arm64],
  ] as const) {
    if (!existsSync(header)) continue;
    const text = readFileSync(header, 'utf8');
    for (const [key, call] of Object.entries(names)) {
      const number = new RegExp(`^#define __NR(?:3264)?_${call} (\\d+)$`, 'm').exec(text)?.[1];
      assert.equal(Number(number), numbers[key as keyof typeof names], `${call} in ${header}`);
    }
  }
});

test("the flags of this machine are Node's", () => {
  assert.equal(machine.O_DIRECTORY, constants.O_DIRECTORY);
  assert.equal(machine.O_NOFOLLOW, constants.O_NOFOLLOW);
  assert.notEqual(machines.arm64.O_NOFOLLOW, machines.x64.O_NOFOLLOW);
});
