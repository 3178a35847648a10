import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { moduleName, parseModules, parseModulesDep } from './proc-modules.ts';

test('a sound line is read whole, a damaged one costs itself', () => {
  const { rows, rejects } = parseModules(
    [
      'nf_tables 372736 3 nft_ct,nft_chain_nat, Live 0x0000000000000000',
      'vboxdrv 700416 2 - Live 0xffffffffc0a00000 (OE)',
      'usbcore 1 1 [permanent], Loading 0x0000000000000000 (+)',
      'x 12',
      'y z 1 - Live 0x0',
      'evil 16384 0 - Gone 0x0',
      '',
    ].join('\n'),
  );
  assert.deepEqual(
    rows.map(({ name, references, usedBy, state, taint }) => [name, references, usedBy.join('+'), state, taint]),
    [
      ['nf_tables', 3, 'nft_ct+nft_chain_nat', 'Live', ''],
      ['vboxdrv', 2, '', 'Live', 'OE'],
      ['usbcore', 1, '', 'Loading', ''],
    ],
  );
  assert.deepEqual(rejects, ['x 12', 'y z 1 - Live 0x0', 'evil 16384 0 - Gone 0x0']);
});

test('files of modules are known by the name that the kernel uses', () => {
  assert.equal(moduleName('kernel/sound/pci/hda/snd-hda-intel.ko.xz'), 'snd_hda_intel');
  const { rows, rejects } = parseModulesDep(
    'kernel/fs/ext4/ext4.ko.zst: kernel/lib/crc16.ko.zst\nupdates/x.ko:\nnonsense\n',
  );
  assert.deepEqual(rows, [
    { name: 'ext4', path: 'kernel/fs/ext4/ext4.ko.zst' },
    { name: 'x', path: 'updates/x.ko' },
  ]);
  assert.deepEqual(rejects, ['nonsense']);
});

test('every line of any text is accounted for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const parse of [parseModules, parseModulesDep]) {
        const { rows, rejects } = parse(text);
        assert.equal(rows.length + rejects.length, linesOf(text).length);
      }
    }),
  );
});
