/**
 * While packages install, files stand beside those that count ("sshd.dpkg-new"): no table tells of them. Each is planted
 * beside a file of every folder that a table reads by whatever names lie in it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import certificatesSensor from '#sensors/certificates.ts';
import loaderSensor from '#sensors/loader.ts';
import nameServiceSensor from '#sensors/name-service.ts';
import pamSensor from '#sensors/pam.ts';
import privilegesSensor from '#sensors/privileges.ts';
import shellHistorySensor from '#sensors/shell-history.ts';
import sshSettingsSensor from '#sensors/ssh-settings.ts';
import startPointsSensor from '#sensors/start-points.ts';
import { captureFolder, type MadeFile } from '../lab/captured-folder.ts';

const ENDINGS = ['.dpkg-new', '.dpkg-old', '.dpkg-dist', '.dpkg-tmp', '.ucf-dist', '.ucf-old', '~'];
const script: MadeFile = { content: '#!/bin/sh\n/opt/run\n', mode: 0o755 };
const unit = '[Service]\nExecStart=/opt/run\n[Install]\nWantedBy=multi-user.target\n';
const key =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n';

const PLACES: Readonly<Record<string, MadeFile>> = {
  '/etc/pam.d/sshd': 'auth required pam_permit.so\n',
  '/usr/lib/pam.d/login': 'auth required pam_permit.so\n',
  '/etc/security/access.conf': '-:ALL EXCEPT root:tty1\n',
  '/etc/security/limits.d/x.conf': '* hard core 0\n',
  '/usr/lib/x86_64-linux-gnu/security/pam_x.so': 'module',
  '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': 'loader',
  '/etc/ld.so.conf.d/x.conf': '/opt/lib\n',
  '/etc/sudoers.d/x': 'bob ALL=(ALL) NOPASSWD: ALL\n',
  '/etc/polkit-1/rules.d/x.rules': 'polkit.addRule(function() {});\n',
  '/etc/ssh/sshd_config.d/x.conf': 'PermitRootLogin yes\n',
  '/etc/ssl/private/x.key': key,
  '/etc/profile.d/x.sh': 'unset HISTFILE\nexport LD_PRELOAD=/opt/x.so\n',
  '/etc/zsh/zshrc': 'unset HISTFILE\n',
  '/etc/default/x': 'LD_PRELOAD=/opt/x.so\n',
  '/etc/environment.d/x.conf': 'LD_PRELOAD=/opt/x.so\n',
  '/etc/systemd/system.conf.d/x.conf': '[Manager]\nDefaultEnvironment=LD_PRELOAD=/opt/x.so\n',
  '/etc/systemd/system/x.service': unit,
  '/etc/systemd/system/x.service.d/y.conf': '[Service]\nExecStartPre=/opt/pre\n',
  '/etc/cron.d/x': '* * * * * root /opt/run\n',
  '/etc/cron.daily/x': script,
  '/var/spool/cron/crontabs/root': '* * * * * /opt/run\n',
  '/etc/init.d/x': script,
  '/etc/xinetd.d/x': 'service x\n{\n server = /opt/x\n disable = no\n}\n',
  '/etc/network/if-up.d/x': script,
  '/etc/kernel/postinst.d/x': script,
  '/etc/NetworkManager/dispatcher.d/x': script,
  '/etc/update-motd.d/x': script,
  '/etc/X11/Xsession.d/x': script,
  '/etc/udev/rules.d/x.rules': 'RUN+="/opt/run"\n',
  '/etc/modprobe.d/x.conf': 'install x /opt/run\n',
  '/etc/modules-load.d/x.conf': 'x\n',
  '/etc/apt/apt.conf.d/x': 'DPkg::Post-Invoke { "/opt/run"; };\n',
  '/etc/dpkg/dpkg.cfg.d/x': 'post-invoke=/opt/run\n',
  '/etc/logrotate.d/x': '/var/log/x {\n postrotate\n /opt/run\n endscript\n}\n',
  '/etc/rsyslog.d/x.conf': '*.* ^/opt/run\n',
  '/etc/xdg/autostart/x.desktop': '[Desktop Entry]\nType=Application\nName=x\nExec=/opt/run\n',
  '/etc/php/8.4/cli/conf.d/x.ini': 'auto_prepend_file = /opt/x.php\n',
  '/root/.git/hooks/post-commit': script,
};

const base = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/bash\n',
  '/etc/group': 'root:x:0:\n',
  '/etc/sudoers': '@includedir /etc/sudoers.d\n',
  '/etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config.d/*.conf\n',
  '/etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
  '/var/lib/dpkg/status': '',
};

const beside = Object.fromEntries(
  Object.entries(PLACES).flatMap(([path, file]) => ENDINGS.map((ending) => [path + ending, file])),
);

const sensors = [
  certificatesSensor,
  loaderSensor,
  nameServiceSensor,
  pamSensor,
  privilegesSensor,
  shellHistorySensor,
  sshSettingsSensor,
  startPointsSensor,
];
for (const sensor of sensors)
  test(`${sensor.name}: what packages and editors leave beside a file is no row`, async () => {
    await using folder = await captureFolder({ ...base, ...PLACES, ...beside });
    const { rows, gaps } = await sensor.look(folder.host, AbortSignal.timeout(10_000));
    assert.deepEqual(
      rows.map((row) => JSON.stringify(row)).filter((row) => /\.(?:dpkg|ucf)-|~/.test(row)),
      [],
    );
    assert.deepEqual(
      gaps.filter(({ what }) => /\.(?:dpkg|ucf)-|~/.test(what)),
      [],
    );
    if (sensor.name !== 'name-service') assert.notEqual(rows.length, 0, 'the files that count are rows');
  });

test('pam: a file that a service includes is read whatever it is called', async () => {
  await using folder = await captureFolder({
    '/etc/pam.d/sshd': '@include x.dpkg-old\n',
    '/etc/pam.d/x.dpkg-old': 'auth sufficient pam_permit.so\n',
    '/etc/pam.d/y.dpkg-old': 'auth sufficient pam_permit.so\n',
  });
  const { rows } = await pamSensor.look(folder.host, AbortSignal.timeout(10_000));
  assert.deepEqual(
    rows.map(({ service, verdict }) => `${service} ${verdict}`),
    ['sshd accepted', 'x.dpkg-old accepted'],
  );
});

test('sysv: a script that a runlevel starts is a row, also with a name that is passed over otherwise', async () => {
  await using folder = await captureFolder({
    ...base,
    '/etc/init.d/rc-x': script,
    '/etc/init.d/x.dpkg-old': script,
    '/etc/rc2.d/S01x.dpkg-old': { link: '../init.d/x.dpkg-old' },
    '/etc/init.d/y.dpkg-old': script,
  });
  const { rows } = await startPointsSensor.look(folder.host, AbortSignal.timeout(10_000));
  assert.deepEqual(rows.map(({ path }) => path).sort(), ['/etc/init.d/rc-x', '/etc/init.d/x.dpkg-old']);
});

test('cron: the file by which a package keeps an empty folder is no row', async () => {
  await using folder = await captureFolder({
    ...base,
    '/etc/cron.d/.placeholder': '# keeps the folder\n',
    '/etc/cron.daily/.placeholder': '# keeps the folder\n',
    '/etc/cron.daily/x': script,
  });
  const { rows } = await startPointsSensor.look(folder.host, AbortSignal.timeout(10_000));
  assert.deepEqual(
    rows.map(({ path }) => path),
    ['/etc/cron.daily/x'],
  );
});
