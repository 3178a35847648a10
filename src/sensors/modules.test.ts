import assert from 'node:assert/strict';
import test from 'node:test';
import type { Kernel } from '#model/kernel.ts';
import { captureFolder, type MadeFile } from '#test/lab/captured-folder.ts';
import { fakeProcess } from '#test/lab/fake-host.ts';
import { heardLoader } from './module-loaders.ts';
import sensor from './modules.ts';

const signal = new AbortController().signal;

const sound = {
  '/proc/modules': [
    'nf_tables 372736 1 nft_ct, Live 0x0000000000000000',
    'nft_ct 24576 0 - Live 0x0000000000000000',
    'vboxdrv 700416 2 - Live 0x0000000000000000 (OE)',
    '',
  ].join('\n'),
  '/sys/module/nf_tables/initstate': 'live\n',
  '/sys/module/nf_tables/srcversion': 'ABC123\n',
  '/sys/module/nft_ct/initstate': 'live\n',
  '/sys/module/vboxdrv/initstate': 'live\n',
  '/sys/module/kernel/parameters/panic': '0\n',
  '/proc/sys/kernel/osrelease': '6.1.0-1-amd64\n',
  '/lib/modules/6.1.0-1-amd64/modules.dep':
    'kernel/net/netfilter/nf_tables.ko:\nkernel/net/netfilter/nft_ct.ko.xz: kernel/net/netfilter/nf_tables.ko\n',
  '/var/lib/dpkg/status': '',
  '/var/lib/dpkg/info/linux-image.list': '/lib/modules/6.1.0-1-amd64/kernel/net/netfilter/nf_tables.ko\n',
} satisfies Record<string, MadeFile>;

test('modules are known with their file, package, version and taint; what is built in is none', async () => {
  await using folder = await captureFolder(sound);
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map((row) => [row.name, row.seenIn, row.taint, row.version, row.package, row.packageState]),
    [
      ['nf_tables', '', '', 'ABC123', 'linux-image', 'packaged'],
      ['nft_ct', '', '', '', '', 'unpackaged'],
      ['vboxdrv', '', 'OE', '', '', 'unpackaged'],
    ],
  );
  assert.equal(rows[1]?.file, '/lib/modules/6.1.0-1-amd64/kernel/net/netfilter/nft_ct.ko.xz');
  assert.equal(rows[2]?.means, 'out-of-tree module, unsigned module');
});

test('a module that is in /sys/module only, or only uses another one, is shown as such', async () => {
  await using folder = await captureFolder({
    ...sound,
    '/proc/modules': 'nf_tables 372736 2 ghost, Live 0x0000000000000000\n',
    '/sys/module/diamorphine/initstate': 'live\n',
    '/sys/module/coming/initstate': 'coming\n',
    '/sys/module/diamorphine/taint': 'OE\n',
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(rows.map((row) => `${row.name}: ${row.seenIn} ${row.taint}`).sort(), [
    'diamorphine: /sys/module OE',
    'ghost: users of nf_tables ',
    'nf_tables:  ',
    'nft_ct: /sys/module ',
    'vboxdrv: /sys/module ',
  ]);
});

test('a module that is loaded between the two readings is not taken for a hidden one', async () => {
  await using folder = await captureFolder({ ...sound, '/proc/modules': '' });
  let reads = 0;
  const files = {
    ...folder.host.files,
    read: (path: string, maxBytes?: number) => {
      reads += path === '/proc/modules' ? 1 : 0;
      if (path === '/proc/modules' && reads === 2) folder.write(path, sound[path]);
      return folder.host.files.read(path, maxBytes);
    },
  };
  const { rows } = await sensor.look({ ...folder.host, files }, signal);
  assert.deepEqual([...new Set(rows.map(({ seenIn }) => seenIn))], ['']);
});

test('a kernel without modules is no gap; a list that cannot be read is one, and hides nothing', async () => {
  await using empty = await captureFolder({ '/sys/module/kernel/parameters/panic': '0' });
  assert.deepEqual(await sensor.look(empty.host, signal), { rows: [], gaps: [], by: '/proc/modules and /sys/module' });
  await using refused = await captureFolder({ ...sound, '/proc/modules': { folder: true, mode: 0o755 } });
  const { rows, gaps } = await sensor.look(refused.host, signal);
  assert.deepEqual(rows, []);
  assert.deepEqual(gaps, [{ what: '/proc/modules', why: 'EISDIR' }]);
});

test('a damaged line is a gap, the other modules are told', async () => {
  await using folder = await captureFolder({
    ...sound,
    '/proc/modules': `odd 12 new words\n${sound['/proc/modules']}`,
    '/sys/module/odd/initstate': 'live\n',
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.equal(rows.length, 3);
  assert.equal(gaps.length, 1);
});

test('where our sandbox hides the files of modules, process 1 is asked; where nobody knows them, nothing is claimed', async () => {
  const dep = '/lib/modules/6.1.0-1-amd64/modules.dep';
  const { [dep]: list, ...rest } = sound;
  await using hidden = await captureFolder({ ...rest, [`/proc/1/root${dep}`]: list });
  const [first] = (await sensor.look(hidden.host, signal)).rows;
  assert.deepEqual([first?.packageState, first?.package], ['packaged', 'linux-image']);
  await using nowhere = await captureFolder(rest);
  const { rows } = await sensor.look(nowhere.host, signal);
  assert.deepEqual([...new Set(rows.map(({ packageState }) => packageState))], ['unknown']);
});

/** A machine with symbols of these modules, one set after the other. */
async function looked(symbols: readonly (readonly string[])[], files: Record<string, MadeFile> = sound) {
  await using folder = await captureFolder(files);
  let asked = 0;
  const symbolModules = (): Promise<ReadonlySet<string>> => {
    asked += 1;
    return Promise.resolve(new Set(symbols[Math.min(asked, symbols.length) - 1]));
  };
  const host = { ...folder.host, kernel: { symbolModules } as unknown as Kernel };
  const rows = async (): Promise<readonly string[]> => {
    const found = await sensor.look(host, signal);
    return found.rows.filter(({ seenIn }) => seenIn !== '').map(({ name, seenIn }) => `${name}: ${seenIn}`);
  };
  return { first: await rows(), second: await rows(), asked };
}

test('a module that hides from both lists and has symbols is shown, looked for twice', async () => {
  const { first, second } = await looked([['nf_tables', 'diamorphine']]);
  assert.deepEqual(first, ['diamorphine: /proc/kallsyms']);
  assert.deepEqual(second, ['diamorphine: /proc/kallsyms']);
});

test('a module that goes while the symbols are read is no hidden one, and they are not read at each look', async () => {
  const gone = await looked([['nf_tables', 'leaving'], ['nf_tables']]);
  assert.deepEqual(gone.first, []);
  assert.deepEqual(gone.second, []);
  assert.equal(gone.asked, 2);
  const { '/proc/modules': _list, ...without } = sound;
  const noModules = await looked([['ghost']], without);
  assert.equal(noModules.asked, 0, 'a kernel without modules is not asked');
});

test('a module that appears after a loader was heard is told with it; those of before and later ones are not', async () => {
  await using folder = await captureFolder({ ...sound, '/proc/modules': '' });
  const { host } = folder;
  const loaders = async (): Promise<readonly string[]> =>
    (await sensor.look(host, signal)).rows.map(({ name, loader, user, comm }) => `${name}: ${loader} ${user} ${comm}`);
  await loaders();
  folder.write('/sys/module/evil/initstate', 'live\n');
  heardLoader(host, fakeProcess({ pid: 70, comm: 'insmod', exe: '/usr/bin/kmod', user: 'bob', uid: 1000 }));
  assert.deepEqual(
    (await loaders()).filter((line) => !line.endsWith(':   ')),
    ['evil: /usr/bin/kmod bob insmod'],
  );
  host.clock.moveTo(host.clock.nowMs() + 6000);
  folder.write('/sys/module/later/initstate', 'live\n');
  assert.deepEqual(
    (await loaders()).filter((line) => !line.endsWith(':   ')),
    ['evil: /usr/bin/kmod bob insmod'],
  );
});
