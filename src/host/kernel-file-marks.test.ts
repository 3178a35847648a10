import assert from 'node:assert/strict';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { makeOverlay, type Overlay } from '#test/lab/overlay.ts';
import { needsRoot } from '#test/lab/skip.ts';

interface Line {
  readonly armed?: string;
  readonly gaps?: readonly { readonly what: string; readonly why: string; readonly reduced?: boolean }[];
  readonly kind?: string;
  readonly path?: string;
  readonly pid?: number;
  readonly writer?: string;
  readonly lost?: number;
}

const FORWARD = '/proc/sys/net/ipv4/ip_forward';
const MARTIANS = '/proc/sys/net/ipv4/conf/all/log_martians';
/** Of the overlay's own network namespace. */
const paths = [FORWARD, MARTIANS, '/proc/sys/net/ipv4/conf/nowhere/rp_filter', '/sys/module/nowhere/parameters/x'];

/** What was told while `act` ran; the first line says what was armed. */
async function heard(machine: Overlay, without: string, act: () => Promise<unknown>): Promise<readonly Line[]> {
  const child = machine.spawn('/bin/sh', [resolve('bin/node'), resolve('test/lab/watch-files.ts'), without, ...paths]);
  const lines: Line[] = [];
  let armed = (): void => undefined;
  const ready = new Promise<void>((done) => (armed = done));
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    armed();
  });
  child.stderr?.pipe(process.stderr);
  await ready;
  await act();
  const ended = once(child, 'close');
  child.stdin?.end();
  await ended;
  return lines;
}

const events = (lines: readonly Line[]): readonly Line[] => lines.filter(({ kind }) => kind !== undefined);
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

for (const [way, without] of [
  ['fanotify', '-'],
  ['inotify', 'fanotify,fanotify by folder'],
] as const) {
  test(`a write to a setting is told at once through ${way}, and no other`, { skip: needsRoot() }, async () => {
    await using machine = await makeOverlay();
    const lines = await heard(machine, without, () =>
      machine.sh(`
        echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter
        cat ${FORWARD} > /run/before
        sh -c 'echo 1 > ${FORWARD}; sleep 0.2'
        sleep 0.1`),
    );
    assert.deepEqual(
      events(lines).map(({ kind, path }) => `${kind} ${path}`),
      [`written ${FORWARD}`],
    );
    const [event] = events(lines);
    assert.equal((event?.pid ?? 0) > 0, way === 'fanotify');
    assert.equal(event?.writer, way === 'fanotify' ? '/usr/bin/dash' : '');
    assert.equal(lines.at(-1)?.lost, 0);
    const gaps = lines[0]?.gaps?.filter(({ what }) => what.includes('setting')) ?? [];
    assert.deepEqual(
      gaps.map(({ what, reduced }) => `${what} ${reduced}`),
      way === 'fanotify' ? [] : ['who changed a setting of the kernel true'],
    );
  });
}

test('where neither can be armed it is said that settings are only looked at', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  const lines = await heard(machine, 'fanotify,fanotify by folder,inotify', () => machine.sh(`echo 1 > ${FORWARD}`));
  assert.deepEqual(events(lines), []);
  const gap = lines[0]?.gaps?.find(({ what }) => what === 'settings of the kernel as they are written');
  assert.equal(gap?.reduced, true);
  assert.match(gap.why, /fanotify_init: .*inotify_init1: /);
});

test('the mark outlives what the kernel forgets of /proc', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  // A proc of its own: mounting it anew drops every name that nobody holds, as want of memory does.
  await machine.sh('mount -t proc proc /proc');
  const lines = await heard(machine, '-', () =>
    machine.sh(`
      mount -o remount /proc
      sh -c 'echo 1 > ${FORWARD}; sleep 0.2'
      mount -o remount /proc
      sh -c 'echo 1 > ${MARTIANS}; sleep 0.2'`),
  );
  assert.deepEqual(
    events(lines).map(({ path }) => path),
    [FORWARD, MARTIANS],
  );
});

test('a write through another mount of proc is told of the setting', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  const lines = await heard(machine, '-', async () => {
    await machine.sh('mkdir /run/proc; mount -t proc proc /run/proc');
    // What was mounted is found within five seconds.
    await wait(5500);
    await machine.sh(`sh -c 'echo 1 > /run${FORWARD}; sleep 0.2'; umount /run/proc`);
  });
  assert.deepEqual(
    events(lines).map(({ path, writer }) => `${path} ${writer}`),
    [`${FORWARD} /usr/bin/dash`],
  );
});
