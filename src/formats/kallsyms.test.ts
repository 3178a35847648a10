import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { SymbolModules } from './kallsyms.ts';

const TABLE = [
  '0000000000000000 T _text',
  '0000000000000000 t nft_do_chain\t[nf_tables]',
  '0000000000000000 d hide\t[diamorphine]',
  '0000000000000000 t bpf_prog_6deef7357e7b4530_sd_devices\t[bpf]',
  '0000000000000000 t ftrace_trampoline\t[__builtin__ftrace]',
  '0000000000000000 t nft_ct\t[nf_tables]',
  '',
].join('\n');

function modulesIn(...pieces: readonly string[]): readonly string[] {
  const modules = new SymbolModules();
  for (const piece of pieces) modules.take(Buffer.from(piece, 'latin1'));
  return [...modules.end()];
}

test('modules with symbols are named, and what the kernel makes up is not', () => {
  assert.deepEqual(modulesIn(TABLE), ['nf_tables', 'diamorphine']);
});

test('wherever the table is torn the names are the same', () => {
  fc.assert(
    fc.property(fc.nat(TABLE.length), fc.nat(TABLE.length), (a, b) => {
      const [first, second] = [Math.min(a, b), Math.max(a, b)];
      const pieces = [TABLE.slice(0, first), TABLE.slice(first, second), TABLE.slice(second)];
      assert.deepEqual(modulesIn(...pieces), ['nf_tables', 'diamorphine']);
    }),
  );
});

test('it takes any bytes, and keeps little of them', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 6000 }), { maxLength: 4 }), (pieces) => {
      for (const name of modulesIn(...pieces)) assert.match(name, /^[\w-]{1,64}$/);
    }),
  );
});
