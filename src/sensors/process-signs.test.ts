/** Signs that need a machine of another kind than the one that runs the tests: sessions, container engines, libraries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessFacts } from '#model/host.ts';
import { type FakeHost, fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import type { Running } from './process-scan.ts';
import { fileSigns } from './process-signs/file-signs.ts';
import { loaderSigns } from './process-signs/loader-signs.ts';
import { loginOf } from './process-signs/login.ts';
import { nameSigns } from './process-signs/name-signs.ts';
import { openSessions, type SessionKnown, type SessionsKnown, sessionSigns } from './process-signs/session-signs.ts';
import type { Suspect } from './process-signs/sign.ts';

function suspect(host: FakeHost, facts: Partial<Running>, ancestors: readonly ProcessFacts[] = []): Suspect {
  const process = {
    ...fakeProcess({ pid: 9 }),
    unit: '',
    unitNow: '',
    session: '',
    container: '',
    script: '',
    ending: false,
    rights: undefined,
    ...facts,
  } as Running;
  return {
    host,
    process,
    ancestors,
    parent: undefined,
    other: () => undefined,
    program: () => ({ exe: '', exeNow: '', exePlace: '', package: '', packageState: 'unknown' }),
  };
}

const put = (host: FakeHost, path: string, text: string): void =>
  void host.disk.set(path, { content: Buffer.from(text), ctimeMs: 0, inode: 1 });

const nobody: SessionKnown = { audit: '', login: undefined, overSinceMs: undefined };

/** All sessions, long after the first look. */
function sessions(running: readonly Running[], open: readonly string[] = [], nowMs = 1e6): SessionsKnown {
  const processes = new Map(running.map((process) => [process.pid, process]));
  return { scan: { processes, gaps: [], takenMs: 0 }, open: new Set(open), first: true, nowMs };
}

const SSHD = { pid: 5, exe: '/usr/sbin/sshd', comm: 'sshd' };

test('what is left of a session is told when systemd says that it is closing or gone, and not inside of tmux', () => {
  const host = fakeHost();
  const left = suspect(host, { session: '12', unit: 'session-*.scope' });
  const signs = (one: Suspect = left) => sessionSigns(one, { ...nobody }, sessions([]));
  assert.deepEqual(signs(), [], 'no systemd here');
  put(host, '/run/systemd/sessions', '');
  assert.equal(signs()[0]?.sign, 'outlived session');
  put(host, '/run/systemd/sessions/12', 'UID=1000\nSTATE=active\n');
  assert.deepEqual(signs(), []);
  put(host, '/run/systemd/sessions/12', 'UID=1000\nSTATE=closing\n');
  assert.equal(signs()[0]?.detail, 'session 12');
  const below = (exe: string): Suspect =>
    suspect(host, { session: '12' }, [fakeProcess({ pid: 8, comm: 'tmux', exe })]);
  for (const path of ['/usr', '/usr/bin', '/usr/bin/tmux']) put(host, path, '');
  put(host, '/var/lib/dpkg/status', '');
  host.packaged.set('/usr/bin/tmux', { name: 'tmux', verify: 'same' });
  assert.deepEqual(signs(below('/usr/bin/tmux')), []);
  assert.equal(signs(below('/tmp/tmux')).length, 1, 'anybody may call his program tmux');
});

test('without systemd the audit session tells, while nobody who opens sessions is in it', () => {
  const host = fakeHost();
  const left = suspect(host, {});
  const signs = (audit: string, open: readonly string[], one = left) =>
    sessionSigns(one, { ...nobody, audit }, sessions([], open));
  assert.equal(signs('7', [])[0]?.detail, 'session 7');
  assert.deepEqual(signs('7', ['7']), []);
  assert.deepEqual(signs('', []), []);
  assert.deepEqual(signs('7', [], suspect(host, { unit: 'x.service' })), []);
  assert.deepEqual(signs('7', [], suspect(host, { exe: '/usr/sbin/sshd' })), [], 'a listener that was started anew');
  // What sudo left behind does not keep it open, nor does a program that calls itself sshd.
  const processes = [
    { pid: 5, exe: '/usr/lib/openssh/sshd-session', comm: 'sshd-session' },
    { pid: 6, exe: '/usr/bin/sudo', comm: 'sudo' },
    { pid: 7, exe: '/tmp/sshd', comm: 'sshd' },
  ].map((facts) => suspect(host, facts).process);
  assert.deepEqual([...openSessions(sessions(processes).scan, ({ pid }) => String(pid))], ['5']);
});

test("who came through a login by the kernel's events is left over when that has ended, whatever parents it has now", () => {
  const host = fakeHost();
  host.table.set(4, fakeProcess({ pid: 4, parentPid: 1, exe: '/usr/sbin/sshd' }));
  host.table.set(5, fakeProcess({ ...SSHD, parentPid: 4 }));
  host.table.set(6, fakeProcess({ pid: 6, parentPid: 5, exe: '/usr/bin/bash' }));
  host.table.set(9, fakeProcess({ pid: 9, parentPid: 6 }));
  const login = loginOf(host, fakeProcess({ pid: 9, parentPid: 6 }));
  assert.deepEqual(login, { pid: 5, startTicks: 500, name: 'sshd', kind: 'login' });
  const left = suspect(host, { parentPid: 1 });
  const open = suspect(host, { ...SSHD, startTicks: 500 }).process;
  const known: SessionKnown = { ...nobody, login };
  const at = (running: readonly Running[], nowMs: number) =>
    sessionSigns(left, known, { ...sessions(running, [], nowMs), first: false });
  assert.deepEqual(at([open], 0), [], 'the session lasts');
  assert.deepEqual(at([], 1000), [], 'it may be a helper at logout');
  assert.deepEqual(
    at([{ ...open, startTicks: 9000 }], 11_000)[0]?.detail,
    'of sshd, process 5',
    'a number given again',
  );
  assert.deepEqual(at([open], 12_000), []);
  assert.deepEqual(at([], 13_000), [], 'counted anew');
});

test('what cron began, and what an init script of a package started, is left over from no login', () => {
  const host = fakeHost();
  host.packaged.set('/etc/init.d/nginx', { name: 'nginx', verify: 'same' });
  host.table.set(5, fakeProcess({ ...SSHD }));
  const script = { exe: '/usr/bin/dash', cmdline: '/bin/sh /etc/init.d/nginx restart' };
  const kindBelow = (facts: Partial<ProcessFacts>): string | undefined => {
    host.table.set(6, fakeProcess({ pid: 6, parentPid: 5, ...facts }));
    host.table.set(9, fakeProcess({ pid: 9, parentPid: 6 }));
    return loginOf(host, fakeProcess({ pid: 9, parentPid: 6 }))?.kind;
  };
  assert.equal(kindBelow(script), 'service');
  assert.equal(kindBelow({ ...script, cmdline: '/bin/sh /etc/init.d/planted start' }), 'login');
  host.table.set(5, fakeProcess({ pid: 5, exe: '/usr/sbin/cron' }));
  assert.equal(kindBelow({ exe: '/usr/bin/dash' }), 'job');
  const known: SessionKnown = { ...nobody, audit: '7', login: { pid: 5, startTicks: 1, name: 'cron', kind: 'job' } };
  assert.deepEqual(sessionSigns(suspect(host, {}), known, sessions([])), []);
});

test('a packaged program under a foreign name of the system is told, under one of its own package it is not', () => {
  const host = fakeHost();
  const links = new Map<string, string>();
  const plain = { ...host.files };
  Object.assign(host.files, { readlink: (path: string) => links.get(path) ?? plain.readlink(path) });
  const ship = (path: string, name: string): void => {
    put(host, path, '');
    host.packaged.set(path, { name, verify: 'same' });
  };
  ship('/usr/bin/sleep', 'coreutils');
  ship('/usr/sbin/sshd', 'openssh-server');
  ship('/usr/lib/openssh/sshd-session', 'openssh-server');
  ship('/usr/sbin/mariadbd', 'mariadb-server');
  put(host, '/usr/sbin/mysqld', '');
  links.set('/usr/sbin/mysqld', '/usr/sbin/mariadbd');
  const named = (facts: Partial<Running>): string[] => {
    const program = { exe: '', exeNow: '', exePlace: '', package: 'x', packageState: 'packaged' } as const;
    return nameSigns({ ...suspect(host, facts), program: () => program }).map(({ sign, value }) => `${sign}: ${value}`);
  };
  assert.deepEqual(named({ exe: '/usr/bin/sleep', comm: 'sleep', cmdline: '/usr/sbin/sshd 3' }), ['other name: sshd']);
  assert.deepEqual(named({ exe: '/usr/bin/sleep', comm: 'cron', cmdline: 'sleep 3' }), ['other name: cron']);
  assert.deepEqual(named({ exe: '/usr/bin/python3', comm: 'sshd', cmdline: 'python3 -c x', script: '-c' }), [
    'other name: sshd',
  ]);
  // A script lends its name, a package its own, and a link leads to it.
  const init = {
    exe: '/usr/bin/dash',
    comm: 'cron',
    cmdline: '/bin/sh /etc/init.d/cron start',
    script: '/etc/init.d/cron',
  };
  assert.deepEqual(named(init), []);
  assert.deepEqual(named({ exe: '/usr/lib/openssh/sshd-session', comm: 'sshd', cmdline: 'sshd: bob [priv]' }), []);
  assert.deepEqual(named({ exe: '/usr/sbin/mariadbd', comm: 'mysqld', cmdline: '/usr/sbin/mysqld' }), []);
  const snap = { exe: '/snap/snapd/1/usr/lib/snapd/snapd', comm: 'snapd', cmdline: '/usr/lib/snapd/snapd' };
  assert.deepEqual(named(snap), []);
  // A program of the distribution that lies where its namesake is not.
  assert.deepEqual(named({ exe: '/usr/sbin/sshd', comm: 'sshd', cmdline: 'sshd: /usr/sbin/sshd -D' }), []);
});

test('a program whose own name is like a thread of the kernel is not told, one that takes the name is', () => {
  const host = fakeHost();
  put(host, '/usr/bin/perl', '');
  const named = (facts: Partial<Running>, packageState: 'packaged' | 'unpackaged'): string[] => {
    const program = { exe: '', exeNow: '', exePlace: '', package: '', packageState } as const;
    return nameSigns({ ...suspect(host, facts), program: () => program }).map(({ value }) => value);
  };
  const perf = { exe: '/usr/bin/perf', comm: 'perf', cmdline: 'perf stat true' };
  assert.deepEqual(named(perf, 'packaged'), []);
  assert.deepEqual(named({ ...perf, exe: '/home/bob/linux/tools/perf/perf' }, 'unpackaged'), []);
  assert.deepEqual(
    named({ exe: '/usr/sbin/watchdogd', comm: 'watchdogd', cmdline: '/usr/sbin/watchdogd' }, 'packaged'),
    [],
  );
  assert.deepEqual(named({ ...perf, exe: '/usr/bin/perl' }, 'packaged'), ['perf']);
  assert.deepEqual(named({ exe: '/tmp/kswapd0', comm: 'kswapd0', cmdline: './kswapd0' }, 'unpackaged'), ['kswapd*']);
  assert.deepEqual(named({ exe: '/usr/bin/perl', comm: 'kswapd0', cmdline: 'perl' }, 'packaged'), ['kswapd*']);
});

test('a false name is the same by the arguments, and by what the kernel has cut', () => {
  const host = fakeHost();
  const value = (facts: Partial<Running>) => nameSigns(suspect(host, { exe: '/usr/bin/perl', ...facts }))[0]?.value;
  for (const name of [
    '[kworker/u16:12-events_unbound]',
    '[kthreadd]',
    '[a name of nobody at all]',
    '[kworker/0:1H-kblockd]',
  ]) {
    const told = value({ comm: 'perl', cmdline: name });
    assert.equal(value({ comm: name.slice(0, 15), cmdline: name }), told);
    if (name.startsWith('[k')) assert.equal(value({ comm: name.slice(0, 15), cmdline: 'perl -e x' }), told, name);
  }
  assert.equal(value({ comm: 'perl', cmdline: '[kworker/u16:12-events_unbound]' }), 'kworker/u*:*');
});

test('an engine may run from memory where its package is as shipped; others who call theirs so may not', () => {
  const host = fakeHost();
  const shim = fakeProcess({ pid: 8, exe: '/usr/bin/containerd-shim-runc-v2' });
  const runc = { exe: '/memfd:runc_cloned:/proc/self/exe', exeState: 'memory' as const };
  const value = 'memfd runc_cloned:/proc/self/exe';
  assert.deepEqual(fileSigns(suspect(host, runc, [shim])), [{ sign: 'memory', value }]);
  host.packaged.set(shim.exe, { name: 'containerd', verify: 'differs' });
  assert.equal(fileSigns(suspect(host, runc, [shim])).length, 1);
  host.packaged.set(shim.exe, { name: 'containerd', verify: 'same' });
  assert.deepEqual(fileSigns(suspect(host, runc, [shim])), []);
  assert.equal(fileSigns(suspect(host, { ...runc, exe: '/memfd:x' }, [shim])).length, 1);
});

test('a library is told with what is known of it, and the rest of the environment is not read', () => {
  const host = fakeHost();
  put(host, '/proc/9/environ', 'PASSWORD=x\0LD_PRELOAD=/usr/lib/a.so /opt/b.so\0');
  for (const path of ['/usr/lib/a.so', '/opt/b.so']) put(host, `/proc/9/root${path}`, 'x');
  host.packaged.set('/usr/lib/a.so', { name: 'a', verify: 'same' });
  const told = loaderSigns(suspect(host, {}));
  assert.deepEqual(told, [
    { sign: 'loader variable', value: 'LD_PRELOAD=/usr/lib/a.so /opt/b.so', detail: 'unpackaged: /opt/b.so' },
  ]);
  assert.ok(!JSON.stringify(told).includes('PASSWORD'));
  put(host, '/proc/9/environ', 'LD_PRELOAD=libjemalloc.so.2\0');
  assert.equal(loaderSigns(suspect(host, {}))[0]?.detail, 'packaged');
  put(host, '/proc/9/environ', 'LD_LIBRARY_PATH=/usr/lib/debug:/usr/lib\0');
  put(host, '/proc/9/root/usr/lib', '');
  assert.deepEqual(loaderSigns(suspect(host, {})), [], 'only folders of the system');
  for (const path of ['/usr/lib/../../tmp', '/usr/lib:/opt/x', '/usr/lib:', '/usr/local/lib', '/usr/lib:'.repeat(70)]) {
    put(host, '/proc/9/environ', `LD_LIBRARY_PATH=${path}\0`);
    assert.equal(loaderSigns(suspect(host, {})).length, 1, path);
  }
  put(host, '/proc/9/environ', 'LD_PRELOAD=x/../y.so\0');
  assert.equal(loaderSigns(suspect(host, {}))[0]?.detail, 'open: x/../y.so');
});
