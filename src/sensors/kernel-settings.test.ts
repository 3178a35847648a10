import assert from 'node:assert/strict';
import test from 'node:test';
import type { Kernel } from '#model/kernel.ts';
import type { Look } from '#model/sensor.ts';
import weakened from '#rules/kernel-setting-weakened.ts';
import { captureFolder, type MadeFile } from '#test/lab/captured-folder.ts';
import { compareSafety } from './kernel-setting-list.ts';
import type { KernelSettingRow } from './kernel-setting-table.ts';
import sensor from './kernel-settings.ts';

const signal = new AbortController().signal;

async function look(files: Readonly<Record<string, MadeFile>>): Promise<{
  readonly found: Look<KernelSettingRow>;
  readonly row: (name: string) => KernelSettingRow | undefined;
}> {
  await using folder = await captureFolder(files);
  const found = await sensor.look(folder.host, signal);
  return { found, row: (name) => found.rows.find((row) => row.name === name) };
}

const sound = {
  '/proc/sys/kernel/kptr_restrict': '1\n',
  '/proc/sys/net/ipv4/ip_forward': '0\n',
  '/proc/sys/kernel/core_pattern': '|/usr/lib/systemd/systemd-coredump %P %u\n',
  '/usr/lib/systemd/systemd-coredump': { content: 'x', mode: 0o755 },
  '/var/lib/dpkg/status': '',
  '/var/lib/dpkg/info/systemd-coredump.list': '/usr/lib/systemd/systemd-coredump\n',
  '/proc/cmdline': 'root=/dev/sda1 ro mitigations=off my.password=secret\n',
  '/proc/sys/kernel/tainted': '12288\n',
  '/sys/kernel/security/lsm': 'lockdown,capability,apparmor',
  '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
  '/sys/module/apparmor/parameters/enabled': 'Y\n',
  '/sys/fs/selinux/enforce': '0',
  '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c': Buffer.from([6, 0, 0, 0, 1]),
} satisfies Record<string, MadeFile>;

test('settings, helpers, modes, command line and taint of a sound host are rows', async () => {
  const { found, row } = await look(sound);
  assert.deepEqual(found.gaps, []);
  assert.equal(row('kernel.kptr_restrict')?.value, '1');
  const helper = row('kernel.core_pattern');
  assert.equal(helper?.program, '/usr/lib/systemd/systemd-coredump');
  assert.equal(helper.programState, 'packaged');
  assert.equal(helper.package, 'systemd-coredump');
  assert.equal(helper.open, '');
  assert.deepEqual(row('taint')?.means, ['O: out-of-tree module', 'E: unsigned module']);
  assert.equal(row('command line')?.value, 'root=/dev/sda1 ro mitigations=off my.password=…');
  assert.equal(row('command line')?.means.length, 1);
  assert.equal(row('lockdown')?.value, 'integrity');
  assert.equal(row('AppArmor')?.value, 'on');
  assert.equal(row('SELinux')?.value, 'permissive');
  assert.equal(row('Secure Boot')?.value, 'on');
  assert.equal(row('vm.mmap_min_addr'), undefined, 'a setting that this kernel does not have is no row');
  assert.ok(!JSON.stringify(found.rows).includes('secret'));
});

test('what the files of sysctl.d set at the next boot is known, the last file wins and /etc hides others', async () => {
  const { row } = await look({
    ...sound,
    '/usr/lib/sysctl.d/50-default.conf': 'kernel.kptr_restrict = 2\n',
    '/etc/sysctl.d/50-default.conf': 'kernel.kptr_restrict = 0\n',
    '/usr/lib/sysctl.d/60-more.conf': 'net/ipv4/ip_forward=1\n',
    '/etc/sysctl.conf': { link: '/etc/nowhere' },
  });
  assert.equal(row('kernel.kptr_restrict')?.atBoot, '0');
  assert.equal(row('kernel.kptr_restrict')?.file, '/etc/sysctl.d/50-default.conf');
  assert.equal(row('net.ipv4.ip_forward')?.atBoot, '1');
});

test('what boot loaders will pass on is a row a file, with what it takes away', async () => {
  const { found, row } = await look({
    ...sound,
    '/etc/default/grub': 'GRUB_CMDLINE_LINUX="quiet apparmor=0 rd.luks.key=secret"\n',
    '/etc/default/grub.d/50-x.cfg': 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX init=/tmp/x"\n',
    '/etc/default/grub.d/50-x.cfg.dpkg-old': 'GRUB_CMDLINE_LINUX="audit=0"\n',
    '/boot/grub/grub.cfg': 'menuentry x {\n linux /vmlinuz root=/dev/sda1 init=/sbin/init\n}\n',
    '/etc/kernel/cmdline': 'quiet selinux=0\n',
  });
  const files = found.rows.filter(({ kind }) => kind === 'boot options');
  assert.deepEqual(
    files.map(({ file, means }) => [file, means]),
    [
      ['/etc/default/grub', ['apparmor=0: AppArmor is off']],
      ['/boot/grub/grub.cfg', []],
      ['/etc/default/grub.d/50-x.cfg', ['init=/tmp/x: the machine starts /tmp/x first, not its usual init']],
      ['/etc/kernel/cmdline', ['selinux=0: SELinux is off']],
    ],
  );
  assert.equal(row('boot options in /etc/default/grub')?.value, 'quiet apparmor=0 rd.luks.key=…');
  assert.equal(row('boot options in /etc/default/grub')?.digest.length, 16);
});

test('a helper below /tmp is told with why it is dangerous', async () => {
  const { row } = await look({
    ...sound,
    '/proc/sys/kernel/core_pattern': '|/tmp/x %p\n',
    '/tmp/x': { content: 'x', mode: 0o755 },
  });
  const helper = row('kernel.core_pattern');
  assert.equal(helper?.programState, 'unpackaged');
  assert.match(helper.open, /below \/tmp/);
});

test('a helper that only a file of sysctl.d names is shown beside a sound one that runs now, and told as of the next boot', async () => {
  const files = { ...sound, '/tmp/x': { content: 'x', mode: 0o755 } };
  const { row: before } = await look(files);
  const { row } = await look({ ...files, '/etc/sysctl.d/99-x.conf': 'kernel.core_pattern=|/tmp/x %p\n' });
  const [was, is] = [before('kernel.core_pattern'), row('kernel.core_pattern')];
  assert.ok(was && is);
  assert.deepEqual([is.value, is.program], ['|/usr/lib/systemd/systemd-coredump %P %u', '/tmp/x']);
  const finding = weakened.judge({
    change: { type: 'changed', before: was, after: is },
    replaced: undefined,
    peers: [],
    known: false,
    learning: false,
    memory: { get: () => undefined, set: () => undefined },
    nowMs: 0,
  });
  assert.match(finding?.title ?? '', /^After the next boot the kernel runs \/tmp\/x as root/);
});

test('a damaged host costs what is damaged: the rest is read', async () => {
  const { found, row } = await look({
    ...sound,
    '/proc/sys/kernel/tainted': 'garbage\n',
    '/proc/sys/kernel/kptr_restrict': { folder: true, mode: 0o755 },
    '/etc/sysctl.d/10-bad.conf': Buffer.from([0xff, 0xfe, 10, ...Buffer.from('kernel.kptr_restrict=0\n')]),
  });
  assert.deepEqual(
    found.gaps.map(({ what }) => what),
    ['/proc/sys/kernel/kptr_restrict', '/proc/sys/kernel/tainted'],
  );
  assert.equal(row('kernel.core_pattern')?.programState, 'packaged');
});

test('security modules are asked of the kernel itself where securityfs is not mounted', async () => {
  const { '/sys/kernel/security/lsm': _lsm, '/sys/kernel/security/lockdown': _lockdown, ...rest } = sound;
  await using folder = await captureFolder(rest);
  const securityfs = { ...folder.host.files, read: () => Buffer.from('capability,landlock') };
  const kernel = { pseudo: () => securityfs } as unknown as Kernel;
  const { rows } = await sensor.look({ ...folder.host, kernel }, signal);
  assert.equal(rows.find(({ name }) => name === 'security modules')?.value, 'capability,landlock');
});

test('which of two values is safer', () => {
  assert.equal(compareSafety('greater', '1', '0'), 'weaker');
  assert.equal(compareSafety('smaller', '1', '0'), 'stronger');
  assert.equal(compareSafety(['1', '2', '0'], '2', '0'), 'weaker');
  assert.equal(compareSafety(['0'], '0', '176'), 'weaker');
  assert.equal(compareSafety(['0'], '176', '1'), 'other');
  assert.equal(compareSafety('greater', '', '0'), 'other');
  assert.equal(compareSafety('greater', 'x', '0'), 'other');
});

test('how the clock is kept is shown: by whom, how fast, from where', async () => {
  await using folder = await captureFolder({
    ...sound,
    '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'tsc\n',
  });
  let clock: ReturnType<NonNullable<Kernel['clock']>> = { synchronised: true, ratePpm: -412 };
  const kernel = { clock: () => clock } as unknown as Kernel;
  const clocks = async (): Promise<readonly string[]> => {
    const { rows } = await sensor.look({ ...folder.host, kernel }, signal);
    return rows.filter(({ kind }) => kind === 'clock').map(({ name, value }) => `${name}: ${value}`);
  };
  assert.deepEqual(await clocks(), ['clock source: tsc', 'clock: synchronised', 'clock rate: normal']);
  clock = { synchronised: false, ratePpm: -100_000 };
  assert.deepEqual(await clocks(), ['clock source: tsc', 'clock: not synchronised', 'clock rate: 10 % slow']);
  clock = { error: 'EPERM', path: 'adjtimex' };
  assert.deepEqual(await clocks(), ['clock source: tsc']);
});
