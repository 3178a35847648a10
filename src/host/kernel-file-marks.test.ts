import assert from 'node:assert/strict';
import test from 'node:test';
import { heard } from '#test/lab/hear-files.ts';
import { makeOverlay } from '#test/lab/overlay.ts';
import { needsRoot } from '#test/lab/skip.ts';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';
const MARTIANS = '/proc/sys/net/ipv4/conf/all/log_martians';
/** Of the overlay's own network namespace. */
const paths = [FORWARD, MARTIANS, '/proc/sys/net/ipv4/conf/nowhere/rp_filter', '/sys/module/nowhere/parameters/x'];

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

for (const [way, without] of [
  ['fanotify', '-'],
  ['inotify', 'fanotify,fanotify by folder'],
] as const) {
  test(`a write to a setting is told at once through ${way}, and no other`, { skip: needsRoot() }, async () => {
    await using machine = await makeOverlay();
    const { armed, events, end } = await heard(machine, { without, paths }, () =>
      machine.sh(`
        echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter
        cat ${FORWARD} > /run/before
        sh -c 'echo 1 > ${FORWARD}; sleep 0.2'
        sleep 0.1`),
    );
    assert.deepEqual(
      events.map(({ kind, path }) => `${kind} ${path}`),
      [`written ${FORWARD}`],
    );
    const [event] = events;
    assert.equal((event?.pid ?? 0) > 0, way === 'fanotify');
    assert.equal(event?.writer, way === 'fanotify' ? '/usr/bin/dash' : '');
    assert.equal(end.lost, 0);
    const gaps = armed.gaps?.filter(({ what }) => what.includes('setting')) ?? [];
    assert.deepEqual(
      gaps.map(({ what, reduced }) => `${what} ${reduced}`),
      way === 'fanotify' ? [] : ['who changed a setting of the kernel true'],
    );
  });
}

test('where neither can be armed it is said that settings are only looked at', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  const without = 'fanotify,fanotify by folder,inotify';
  const { armed, events } = await heard(machine, { without, paths }, () => machine.sh(`echo 1 > ${FORWARD}`));
  assert.deepEqual(events, []);
  const gap = armed.gaps?.find(({ what }) => what === 'settings of the kernel as they are written');
  assert.equal(gap?.reduced, true);
  assert.match(gap.why, /fanotify_init: .*inotify_init1: /);
});

test('the mark outlives what the kernel forgets of /proc', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  // A proc of its own: mounting it anew drops every name that nobody holds, as want of memory does.
  await machine.sh('mount -t proc proc /proc');
  const { events } = await heard(machine, { paths }, () =>
    machine.sh(`
      mount -o remount /proc
      sh -c 'echo 1 > ${FORWARD}; sleep 0.2'
      mount -o remount /proc
      sh -c 'echo 1 > ${MARTIANS}; sleep 0.2'`),
  );
  assert.deepEqual(
    events.map(({ path }) => path),
    [FORWARD, MARTIANS],
  );
});

test('a write through another mount of proc is told of the setting', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  const { events } = await heard(machine, { paths }, async () => {
    await machine.sh('mkdir /run/proc; mount -t proc proc /run/proc');
    // What was mounted is found within five seconds.
    await wait(5500);
    await machine.sh(`sh -c 'echo 1 > /run${FORWARD}; sleep 0.2'; umount /run/proc`);
  });
  assert.deepEqual(
    events.map(({ path, writer }) => `${path} ${writer}`),
    [`${FORWARD} /usr/bin/dash`],
  );
});

test('who writes to the registry of binary formats is heard of', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  const status = '/proc/sys/fs/binfmt_misc/status';
  // A kernel without it has nothing to register; what is on is switched on, which changes nothing.
  const mounted = await machine.run('/bin/sh', ['-c', 'mount -t binfmt_misc b /proc/sys/fs/binfmt_misc']);
  const { events } = await heard(machine, { paths: [FORWARD, status] }, () =>
    machine.sh(`if grep -qx enabled ${status}; then sh -c 'echo 1 > ${status}; sleep 0.2'; fi`),
  );
  assert.deepEqual(
    events.map(({ path }) => path),
    mounted.code === 0 ? [status] : [],
  );
});
