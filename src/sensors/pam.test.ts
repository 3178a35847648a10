import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor, { oddPamLines } from './pam.ts';

const signal = new AbortController().signal;
const COMMON =
  'auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n';
const MODULES = '/usr/lib/x86_64-linux-gnu/security';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const host = {
  '/etc/pam.d/common-auth': COMMON,
  '/etc/pam.d/sshd': '@include common-auth\naccount required pam_nologin.so\n',
  '/etc/pam.d/su': 'auth sufficient pam_rootok.so\n@include common-auth\nsession optional pam_mail.so\nrubbish\n',
  '/etc/security/access.conf': '# comment\n-:ALL EXCEPT root:tty1\n',
  [`${MODULES}/pam_unix.so`]: 'unix',
  [`${MODULES}/pam_deny.so`]: 'exchanged',
  [`${MODULES}/pam_new.so`]: 'new',
  '/lib': { link: 'usr/lib' },
  '/var/lib/dpkg/status': 'Package: libpam-modules\nStatus: install ok installed\nVersion: 1\n',
  '/var/lib/dpkg/info/libpam-modules:amd64.list': `${MODULES}/pam_unix.so\n${MODULES}/pam_deny.so\n`,
  '/var/lib/dpkg/info/libpam-modules:amd64.md5sums': `${md5('unix')}  ${MODULES.slice(1)}/pam_unix.so\n${md5('deny')}  ${MODULES.slice(1)}/pam_deny.so\n`,
};

test('pam: stacks with what they include, modules with who vouches for them, settings, and a bad line', async () => {
  await using folder = await captureFolder(host);
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows
      .filter(({ kind }) => kind === 'stack')
      .map((row) => `${row.service} ${row.type} ${row.verdict} ${row.usedBy.join('+')}`.trim()),
    ['common-auth auth refused sshd+su', 'sshd auth refused', 'sshd account', 'su auth refused', 'su session'],
  );
  assert.deepEqual(
    rows
      .filter(({ kind }) => kind === 'module')
      .map(({ service, state }) => [service.slice(MODULES.length + 1), state]),
    [
      ['pam_deny.so', 'altered'],
      ['pam_new.so', 'unpackaged'],
      ['pam_unix.so', 'packaged'],
    ],
  );
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'setting').map(({ type }) => type),
    ['-:ALL EXCEPT root:tty1'],
  );
  assert.deepEqual(
    oddPamLines(folder.host).flatMap(({ path, odd }) => odd.map(({ line }) => `${path} ${line}`)),
    ['/etc/pam.d/su 4'],
  );
});

test('pam: taking pam_deny out is seen in the included file and in all that include it', async () => {
  await using folder = await captureFolder(host);
  folder.write('/etc/pam.d/common-auth', COMMON.replace('auth requisite pam_deny.so\n', ''));
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.filter(({ type }) => type === 'auth').map(({ service, verdict }) => [service, verdict]),
    [
      ['common-auth', 'accepted'],
      ['sshd', 'accepted'],
      ['su', 'accepted'],
    ],
  );
});

test('pam: files and modules that lie elsewhere are followed, and a loop of includes ends', async () => {
  await using folder = await captureFolder({
    '/etc/pam.d/sshd': '@include /opt/evil\n@include sshd\nauth required /opt/pam_x.so\n',
    '/opt/evil': 'auth sufficient pam_permit.so\n',
    '/opt/pam_x.so': { content: 'x', mode: 0o777 },
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.map(({ kind, service, verdict, state, trouble }) => `${kind} ${service} ${verdict}${state} ${trouble}`.trim()),
    ['stack sshd accepted', 'stack /opt/evil accepted', 'module /opt/pam_x.so unknown everyone may write it'],
  );
});
