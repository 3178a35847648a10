/** What stays when somebody logs out of a real sshd, with the real daemon: told, unless it is made to stay. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { makeOverlaySite } from '#test/lab/overlay-site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const DIR = '/root/sshd-test';
/** Nothing of PAM, so that there is no audit session; no start files of whoever runs the tests. */
const BEFORE = `
mkdir -p ${DIR} /root/.ssh /run/sshd; cd ${DIR}; rm -f /root/.bashrc /root/.profile /root/.bash_profile
ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f key
cp key.pub /root/.ssh/authorized_keys; chown -R 0 /root/.ssh
printf '%s\\n' 'Port 2222' 'ListenAddress 127.0.0.1' 'HostKey ${DIR}/host' 'UsePAM no' 'PermitRootLogin yes' 'StrictModes no' > sshd_config
`;
const SSH = `ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i ${DIR}/key -p 2222 root@127.0.0.1`;
const QUIET = '</dev/null >/dev/null 2>&1';
/** Forks twice, begins a session of its own and forgets where it came from. */
const DAEMON = `perl -MPOSIX -e 'exit if fork; POSIX::setsid(); exit if fork; %ENV = (); exec "/usr/bin/tail", "-f", "/dev/null"' ${QUIET}`;

const reasons = [
  needsRoot(),
  !existsSync('/usr/sbin/sshd') && 'needs sshd (Debian: openssh-server)',
  !existsSync('/usr/bin/tmux') && 'needs tmux',
];

test('what outlives an SSH session is told, by whoever let it in; tmux and helpers at logout are not', {
  skip: reasons.find((reason) => reason !== false) ?? false,
}, async () => {
  await using site = await makeOverlaySite(BEFORE);
  const { overlay } = site;
  overlay.spawn('/usr/sbin/sshd', ['-D', '-f', `${DIR}/sshd_config`]);
  await overlay.sh(`for i in $(seq 100); do ${SSH} true && exit 0; sleep 0.1; done; exit 1`);
  const pids: string[] = [];
  const stays = async (name: string, command: string): Promise<void> => {
    await overlay.run('/bin/sh', ['-c', `exec ${SSH} "$0"`, command]);
    pids.push(...(await overlay.run('/usr/bin/pgrep', ['-n', '-f', name])).stdout.trim().split('\n'));
  };
  try {
    await stays('tail -f /dev/null', DAEMON);
    await stays('sleep 86399', `nohup sleep 86399 ${QUIET} &`);
    await stays('tmux -L telltale-test', 'tmux -L telltale-test new -d "cat /dev/zero > /dev/null"');
    await overlay.run('/bin/sh', ['-c', `exec ${SSH} "$0"`, `(sleep 2; true) ${QUIET} &`]);
    const about = (name: string) => (line: { rule: string; title: string }) =>
      line.rule === 'outlived-session' && line.title.startsWith(`${name},`);
    const [tail] = await site.told('the daemon of somebody', about('tail'));
    assert.equal(tail?.title, 'tail, started by root in a login session, goes on after the session ended');
    await site.told('what was left by nohup', about('sleep'));
    const told = (await site.alerts()).filter(({ rule }) => rule === 'outlived-session');
    assert.deepEqual(
      told.map(({ who }) => who?.comm ?? '').toSorted((a, b) => a.localeCompare(b)),
      ['sleep', 'tail'],
      told.map(({ title }) => title).join('\n'),
    );
  } finally {
    for (const pid of pids) if (/^\d+$/.test(pid)) process.kill(Number(pid), 'SIGKILL');
  }
});
