import assert from 'node:assert/strict';
import test from 'node:test';
import { heard, type HeardLine as Line } from '#test/lab/hear-files.ts';
import { makeOverlay } from '#test/lab/overlay.ts';

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const words = (events: readonly Line[]): string[] => events.map(({ kind, path }) => `${kind} ${path}`);

/** The same for everybody: a file written and moved, a folder that comes with something in it and moves. */
const STORY = `
cd /etc/story
echo a > a
mv a b
mkdir -p d/e
echo 1 > d/e/f
sleep 0.3
mv d dd
sleep 0.3
echo 2 >> dd/e/f
chmod 600 b
rm b
rm -r dd
echo > /etc/elsewhere
sleep 0.2
`;
const TOLD = [
  'written /etc/story/a',
  'moved-from /etc/story/a',
  'moved-to /etc/story/b',
  'created /etc/story/d',
  'created /etc/story/d/e/f',
  'moved-to /etc/story/dd',
  'written /etc/story/dd/e/f',
  'attributes /etc/story/b',
  'deleted /etc/story/b',
  'deleted /etc/story/dd',
];

for (const [way, without] of [
  ['fanotify', '-'],
  ['inotify', 'fanotify,fanotify by folder'],
] as const) {
  test(`on an overlay each change is told through ${way}, also in new and moved folders, and nothing of elsewhere`, async () => {
    await using machine = await makeOverlay('by folder');
    await machine.sh('mkdir /etc/story');
    const { armed, events, end } = await heard(machine, { without, paths: ['/etc/story'] }, () => machine.sh(STORY));
    assert.equal(armed.armed, way);
    assert.match(armed.gaps?.[0]?.why ?? '', /^overlay: marked folder by folder/);
    const told = words(events);
    for (const word of TOLD) assert.ok(told.includes(word), `${word} in ${told.join('; ')}`);
    assert.deepEqual(
      told.filter((word) => !word.includes(' /etc/story')),
      [],
    );
    assert.equal(end.lost, 0);
    const written = events.find(({ kind, path }) => kind === 'written' && path === '/etc/story/a');
    assert.equal((written?.pid ?? 0) > 0, way === 'fanotify', 'only fanotify knows the process');
  });
}

test('folders of an overlay that come, move and go in a burst cost no event', async () => {
  await using machine = await makeOverlay('by folder');
  const { events, end } = await heard(machine, { paths: ['/etc'] }, async () => {
    for (const at of [1, 2, 3, 4]) {
      await machine.sh(
        `mkdir -p /etc/n${at}/a; sleep 0.1; echo 1 > /etc/n${at}/a/b; mv /etc/n${at} /etc/m${at}; echo 2 > /etc/m${at}/c; rm -r /etc/m${at}`,
      );
      await machine.sh(`echo x > /etc/planted${at}`);
    }
    await wait(1000);
  });
  const told = new Set(words(events));
  for (const at of [1, 2, 3, 4])
    for (const word of [`written /etc/n${at}/a/b`, `deleted /etc/m${at}`, `written /etc/planted${at}`])
      assert.ok(told.has(word), word);
  assert.equal(end.lost, 0, 'what a folder tells that is gone is nobody’s, and no loss');
});

test('on a tmpfs one mark tells of everything, and a mount that comes later is heard as well', async () => {
  await using machine = await makeOverlay();
  await machine.sh('mkdir /run/story /run/story/later');
  const { armed, events } = await heard(machine, { paths: ['/run/story'] }, async () => {
    await machine.sh('echo 1 > /run/story/one; mount -t tmpfs tmpfs /run/story/later');
    await wait(5500);
    await machine.sh('echo 2 > /run/story/later/two; sleep 0.2');
  });
  assert.deepEqual(armed.gaps, []);
  const told = words(events);
  assert.ok(told.includes('written /run/story/one'), told.join('; '));
  assert.ok(told.includes('written /run/story/later/two'), told.join('; '));
});

test('a path that is a link or not there yet is heard where it really is, also through a bind mount', async () => {
  await using machine = await makeOverlay();
  await machine.sh(
    'mkdir -p /run/real/in /run/bound; ln -s /run/real /run/link; ln -s /run/real/target /run/linked-file',
  );
  await machine.sh('mount --bind /run/real/in /run/bound');
  const paths = ['/run/link/wanted', '/run/linked-file', '/run/home/.ssh/keys', '/run/bound'];
  const { events } = await heard(machine, { paths }, () =>
    machine.sh(`
      echo 1 > /run/real/wanted
      echo 2 > /run/real/unwanted
      echo 3 > /run/real/target
      mkdir -p /run/home/.ssh
      sleep 0.2
      echo 4 > /run/home/.ssh/keys
      echo 5 > /run/home/.ssh/other
      echo 6 > /run/real/in/side
      sleep 0.2`),
  );
  const told = new Set(words(events));
  for (const path of ['/run/real/wanted', '/run/real/target', '/run/home/.ssh/keys', '/run/bound/side'])
    assert.ok(told.has(`written ${path}`), `${path} in ${[...told].join('; ')}`);
  assert.ok(told.has('created /run/home/.ssh'), 'a folder on the way to a path');
  assert.ok(![...told].some((word) => /unwanted|other/.test(word)), [...told].join('; '));
});

test('who follows what files say hears at once of a path that a file has just named', async () => {
  await using machine = await makeOverlay();
  await machine.sh('mkdir -p /run/story; echo /run/other/a > /run/story/paths; mkdir -p /run/other');
  const { events } = await heard(machine, { paths: ['@/run/story/paths'] }, () =>
    machine.sh(`
      echo /run/other/b > /run/story/paths
      echo 1 > /run/other/b
      sleep 1
      echo 2 > /run/other/b
      sleep 0.5`),
  );
  const told = words(events);
  assert.ok(told.includes('attributes /run/other/b'), `made before it was marked: ${told.join('; ')}`);
  assert.ok(told.includes('written /run/other/b'), told.join('; '));
});

test('where nothing tells of changes the paths are looked at again and again, and that is said', async () => {
  await using machine = await makeOverlay();
  await machine.sh('mkdir /run/story; echo 1 > /run/story/old');
  const without = 'fanotify,fanotify by folder,inotify';
  const { armed, events } = await heard(machine, { without, paths: ['/run/story'] }, async () => {
    await wait(5500);
    await machine.sh('echo 22 > /run/story/old; echo > /run/story/new');
    await wait(5500);
  });
  assert.equal(armed.armed, 'polling');
  assert.match(armed.gaps?.[0]?.why ?? '', /neither fanotify nor inotify can watch tmpfs/);
  const told = words(events).sort();
  assert.deepEqual(told, ['written /run/story', 'written /run/story/new', 'written /run/story/old']);
});
