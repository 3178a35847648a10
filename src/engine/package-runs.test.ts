import assert from 'node:assert/strict';
import test from 'node:test';
import type { Who } from '#model/finding.ts';
import type { ProcessFacts } from '#model/host.ts';
import { defineRule, defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { openStore } from '#store/open.ts';
import { type FakeHost, fakeHost, fakeProcess } from '../../test/lab/fake-host.ts';
import { FakeChannel, plainWords } from '../../test/lab/fake-watch.ts';
import { lines, start } from '../../test/lab/stage.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { createWatch } from './watch.ts';

const table = defineTable({
  name: 'entries',
  doc: 'Made-up lines of files.',
  slot: [],
  file: 'path',
  columns: { path: ['text', 'File', 'identity'], line: ['text', 'Line', 'compared'], bad: ['bool', 'Dangerous'] },
});
type Entry = NonNullable<(typeof table)['row']>;

const words = { why: 'because', next: 'look', attack: [], samples: [] };

const rule = defineRule<Entry>({
  ...words,
  id: 'entry-changed',
  doc: '',
  on: 'entries',
  table,
  types: ['added', 'changed'],
  judge({ change }) {
    if (change.type === 'removed') return undefined;
    const { path, line, bad } = change.after;
    return {
      ...words,
      severity: 'high',
      subject: path,
      title: `${path} says ${line}`,
      facts: { file: path },
      dangerous: bad,
    };
  },
});

const folding = defineRule<Entry>({
  ...words,
  id: 'file-differs',
  doc: '',
  on: 'entries',
  table,
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed') return undefined;
    const { path, line } = change.after;
    const facts = { diff: `+${line}` };
    return { ...words, severity: 'low', subject: path, title: `${path} changed`, facts, folds: path };
  },
});

const dpkg: Who = {
  pid: 9,
  exe: '/usr/sbin/useradd',
  comm: 'useradd',
  cmdline: '',
  user: 'root',
  uid: 0,
  parents: ['dpkg (8)'],
  unit: '',
  package: 'passwd',
  session: '',
  startedMs: 0,
};

type Act = (host: FakeHost, set: (rows: Entry[]) => Promise<void>) => Promise<void>;

const play = async (rules: readonly (typeof rule)[], act: Act): Promise<string[]> => (await toldBy(rules, act)).lines;

async function toldBy(rules: readonly (typeof rule)[], act: Act) {
  await using temp = await makeTemp();
  const host = fakeHost();
  const file = new FakeChannel('file', 'alerts');
  let rows: Entry[] = [];
  const sensor = defineSensor<Entry>({
    name: 'entries',
    doc: '',
    everyMs: 1_000,
    table,
    look: () => Promise.resolve({ rows, gaps: [], by: 'test' }),
  });
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  const parts = { host, store, sensors: [sensor], listeners: [], rules, channels: [file], words: plainWords };
  await using watch = createWatch({ ...parts, version: 'test' });
  await start(watch, host);
  await act(host, async (next) => {
    rows = next;
    await host.clock.advance(1_500);
  });
  return { lines: lines(file), told: [...file.told] };
}

const row = (path: string, line: string, bad = false): Entry => ({ path, line, bad });

test('a package run explains a thousand changes in one line, and not what it did not ship', async () => {
  const told = await play([rule], async (host, set) => {
    const packages = new Map([['nginx', 'nginx 1 → 2']]);
    const startedMs = host.clock.nowMs();
    host.packageRun = { startedMs, endedMs: 0, packages };
    const shipped = Array.from({ length: 30 }, (_, index) => `/etc/nginx/${index}`);
    for (const path of shipped) host.packaged.set(path, { name: 'nginx', verify: 'same' });
    host.packaged.set('/etc/nginx/own.conf', { name: 'nginx', verify: 'differs' });
    host.writers.set('/etc/passwd', { who: dpkg, timeMs: 0, underDpkg: true });
    host.writers.set('/tmp/x', { who: dpkg, timeMs: 0, underDpkg: true });
    const rows = shipped.map((path) => row(path, 'a'));
    await set([...rows, row('/etc/passwd', 'nginx'), row('/tmp/x', 'setuid', true), row('/root/.ssh/a', 'key')]);
    host.packageRun = { startedMs, endedMs: host.clock.nowMs(), packages };
    await host.clock.advance(6_000);
  });
  assert.deepEqual(told, [
    'open 1× /tmp/x says setuid',
    'open 1× /root/.ssh/a says key',
    'closed 1× nginx 1 → 2: 31 files, 1 not as packaged; 31 changes explained',
  ]);
});

test('a way in that a script of a package made is told; the same as the package ships it is part of the run', async () => {
  const ways = defineRule<Entry>({
    ...rule,
    table,
    judge: (at) => {
      const found = rule.judge(at);
      return found && { ...found, onlyAsPackaged: true };
    },
  });
  const told = await play([ways], async (host, set) => {
    const startedMs = host.clock.nowMs();
    const packages = new Map([['a', 'a 1 installed']]);
    host.packageRun = { startedMs, endedMs: 0, packages };
    host.packaged.set('/usr/bin/shipped', { name: 'a', verify: 'same' });
    const paths = ['/usr/bin/shipped', '/usr/bin/made'];
    for (const path of paths) host.writers.set(path, { who: dpkg, timeMs: 0, underDpkg: true });
    await set(paths.map((path) => row(path, 'setuid')));
    await host.clock.advance(2_500);
    host.packageRun = { startedMs, endedMs: host.clock.nowMs(), packages };
    await host.clock.advance(6_000);
  });
  assert.deepEqual(told, [
    'open 1× /usr/bin/made says setuid',
    'closed 1× a 1 installed: 1 file, all as packaged; 1 change explained',
  ]);
});

test('a run that begins before the last one was told is another line; what the last one changed late is explained still', async () => {
  const a = new Map([['a', 'a 1 installed']]);
  const b = new Map([['b', 'b 1 installed']]);
  const told = await play([rule], async (host, set) => {
    for (const name of ['a', 'b']) host.packaged.set(`/etc/${name}`, { name, verify: 'same' });
    host.packaged.set('/etc/a.late', { name: 'a', verify: 'same' });
    host.packageRun = { startedMs: 5, endedMs: 0, packages: new Map() };
    host.writers.set('/etc/config', { who: dpkg, timeMs: 0, underDpkg: true });
    for (const name of ['a', 'b', 'a.late'])
      host.writers.set(`/etc/${name}`, { who: dpkg, timeMs: 0, underDpkg: false });
    await set([row('/etc/config', 'x')]);
    host.packageRun = { startedMs: 6, endedMs: 0, packages: a };
    await set([row('/etc/config', 'x'), row('/etc/a', 'x')]);
    host.packageRun = { startedMs: 2_000, endedMs: 0, packages: b, before: a };
    await set([row('/etc/config', 'x'), row('/etc/a', 'x'), row('/etc/b', 'x'), row('/etc/a.late', 'x')]);
    host.packageRun = { ...host.packageRun, endedMs: host.clock.nowMs() };
    await host.clock.advance(6_000);
  });
  assert.deepEqual(told, [
    'closed 1× a 1 installed: 2 files, all as packaged; 2 changes explained',
    'closed 1× b 1 installed: 1 file, all as packaged; 2 changes explained',
  ]);
});

test('of more than twenty changes the gravest are named, and what comes from no file is told with the run as well', async () => {
  const grades = defineRule<Entry>({
    ...rule,
    table,
    judge(judgement) {
      const found = rule.judge(judgement);
      if (found === undefined) return undefined;
      const who = { ...dpkg, exe: '/usr/sbin/nginx', package: 'nginx' };
      return found.subject === 'door' ? { ...found, who } : { ...found, severity: 'low' };
    },
  });
  const { told } = await toldBy([grades], async (host, set) => {
    const packages = new Map([['nginx', 'nginx 1 installed']]);
    host.packageRun = { startedMs: 5, endedMs: 0, packages };
    const files = Array.from({ length: 25 }, (_, index) => row(`/etc/nginx/${index}`, 'a'));
    for (const { path } of files) host.packaged.set(path, { name: 'nginx', verify: 'same' });
    host.packaged.set('/usr/sbin/nginx', { name: 'nginx', verify: 'same' });
    await set([...files, row('door', 'open')]);
    host.packageRun = { startedMs: 5, endedMs: host.clock.nowMs(), packages };
    await host.clock.advance(6_000);
  });
  assert.equal(told.length, 1);
  const finding = told[0]?.alert.finding;
  const examples = finding?.facts['examples'];
  assert.ok(Array.isArray(examples));
  assert.deepEqual(
    [finding?.rule, finding?.facts['changes'], examples.length, examples[0], examples[1]],
    ['package-run', 26, 20, 'door says open', '/etc/nginx/0 says a'],
  );
});

const runs = defineRule<Entry>({
  ...rule,
  packageScripts: 'explained',
  table,
  judge(judgement) {
    const found = rule.judge(judgement);
    return (
      found && {
        ...found,
        facts: {},
        who: { ...dpkg, package: found.subject === '/sed' ? 'sed' : '', pid: found.subject === '/by-hand' ? 21 : 20 },
      }
    );
  },
});

test('what a rule forgot to make visible is made so', async () => {
  const told = await play([rule], (_host, set) => set([row('/etc/x', '\u001b[2J\u202e')]));
  assert.deepEqual(told, [String.raw`open 1× /etc/x says \u{1b}[2J\u{202e}`]);
});

test('what dpkg started is told with the run; what is dangerous, started by another, or after it, by itself', async () => {
  const scene = async (host: FakeHost, set: (rows: Entry[]) => Promise<void>): Promise<void> => {
    const packages = new Map([['nginx', 'nginx 1 → 2']]);
    host.packageRun = { startedMs: host.clock.nowMs(), endedMs: 0, packages };
    host.table.set(18, fakeProcess({ pid: 18, parentPid: 1, comm: 'dpkg', exe: '/usr/bin/dpkg' }));
    host.table.set(19, fakeProcess({ pid: 19, parentPid: 18, comm: 'sh' }));
    host.table.set(20, fakeProcess({ pid: 20, parentPid: 19, comm: 'x.postinst' }));
    host.table.set(21, fakeProcess({ pid: 21, parentPid: 1 }));
    const rows = [row('/script', 'a'), row('/bad', 'b', true), row('/by-hand', 'c'), row('/sed', 'e')];
    await set(rows);
    host.packageRun = { startedMs: host.clock.nowMs(), endedMs: host.clock.nowMs(), packages };
    await host.clock.advance(6_000);
    host.packageRun = undefined;
    await set([...rows, row('/later', 'd')]);
  };
  const told = await play([runs], async (host, set) => {
    await scene(Object.assign(host, { isDpkg: ({ pid }: ProcessFacts) => pid === 18 }), set);
  });
  assert.deepEqual(told, [
    'open 1× /bad says b',
    'open 1× /by-hand says c',
    'open 1× /sed says e',
    'closed 1× nginx 1 → 2: 1 change explained',
    'open 1× /later says d',
  ]);
  const unproven = await play([runs], async (host, set) => {
    await scene(host, set);
  });
  assert.equal(unproven.length, 5);
  assert.equal(unproven[0], 'open 1× /script says a');
});

test('what says of a file that it changed is part of the alert that says what it means', async () => {
  const told = await play([rule, folding], async (_host, set) => {
    await set([row('/etc/passwd', 'a')]);
    await set([row('/etc/passwd', 'b')]);
  });
  assert.deepEqual(told, ['open 1× /etc/passwd says a', 'update open 2× /etc/passwd says b']);
  const alone = await play([folding], async (_host, set) => {
    await set([row('/etc/passwd', 'a')]);
    await set([row('/etc/passwd', 'b')]);
  });
  assert.deepEqual(alone, ['open 1× /etc/passwd changed']);
});

test('who did it may be known a moment after what was done: then the run explains it all the same, once and in all', async () => {
  const { told } = await toldBy([rule], async (host, set) => {
    host.packageRun = { startedMs: 5, endedMs: 0, packages: new Map([['a', 'a 1 installed']]) };
    await set([row('/etc/a', 'a')]);
    assert.equal(host.writers.size, 0);
    host.writers.set('/etc/a', { who: dpkg, timeMs: 1, underDpkg: true });
    await set([row('/etc/a', 'a')]);
    host.packageRun = { ...host.packageRun, endedMs: host.clock.nowMs() };
    await host.clock.advance(10_000);
    host.writers.set('/etc/b', { who: dpkg, timeMs: 1, underDpkg: true });
    await set([row('/etc/a', 'a'), row('/etc/b', 'b')]);
    await host.clock.advance(10_000);
  });
  assert.deepEqual(
    told.map(({ alert }) => [alert.finding.rule, alert.finding.facts['changes'], alert.count]),
    [
      ['package-run', 1, 1],
      ['package-run', 2, 2],
    ],
  );
});

test('what it means takes over the alert that said before that the file changed', async () => {
  const meaning = {
    ...rule,
    judge: (at: Parameters<typeof rule.judge>[0]) => {
      const found = rule.judge(at);
      return found?.title.endsWith('c') === true ? { ...found, facts: { file: '/etc/passwd' } } : undefined;
    },
  };
  const parts = { ...folding, judge: (at: Parameters<typeof folding.judge>[0]) => withFile(folding.judge(at)) };
  const { told } = await toldBy([parts, meaning], async (_host, set) => {
    await set([row('/etc/passwd', 'a')]);
    await set([row('/etc/passwd', 'b')]);
    await set([row('/etc/passwd', 'c')]);
    await set([]);
  });
  assert.deepEqual(
    told.map(({ alert }) => [alert.finding.rule, alert.finding.title, alert.state]),
    [
      ['file-differs', '/etc/passwd changed', 'open'],
      [meaning.id, '/etc/passwd says c', 'open'],
      [meaning.id, '/etc/passwd says c', 'closed'],
    ],
  );
  assert.equal(new Set(told.map(({ alert }) => alert.id)).size, 1);
});

function withFile<T extends { readonly facts: object } | undefined>(found: T): T {
  return found && { ...found, facts: { ...found.facts, file: '/etc/passwd' } };
}

/** Of what stands beside /etc/passwd this is told, as part of it. */
const beside = defineRule<Entry>({
  ...folding,
  id: 'file-beside',
  table,
  types: ['added'],
  judge({ change }) {
    if (change.type !== 'added' || !change.after.path.endsWith('-')) return undefined;
    const { path, line } = change.after;
    const facts = { file: path, diff: `+${line}` };
    return { ...words, severity: 'low', subject: path, title: `${path} is new`, facts, folds: [path, '/etc/passwd'] };
  },
});

test('files that one deed touches are part of one alert, each by its name', async () => {
  const meaning = { ...rule, judge: (at: Parameters<typeof rule.judge>[0]) => onlyPasswd(rule.judge(at)) };
  const { told } = await toldBy([meaning, beside], async (host, set) => {
    const passwd = row('/etc/passwd', 'a');
    await set([passwd]);
    await set([passwd, row('/etc/shadow-', 'b'), row('/etc/subuid-', 'c')]);
    await host.clock.advance(61_000);
    await set([passwd, row('/etc/shadow-', 'b'), row('/etc/subuid-', 'c'), row('/etc/late-', 'd')]);
  });
  assert.deepEqual(
    told.map(({ alert }) => [alert.finding.title, alert.finding.facts['alsoChanged'], alert.finding.facts['diff']]),
    [
      ['/etc/passwd says a', undefined, undefined],
      ['/etc/passwd says a', ['/etc/shadow-'], undefined],
      ['/etc/passwd says a', ['/etc/shadow-', '/etc/subuid-'], undefined],
      ['/etc/late- is new', undefined, '+d'],
    ],
  );
});

function onlyPasswd<T extends { readonly subject: string } | undefined>(found: T): T | undefined {
  return found?.subject === '/etc/passwd' ? found : undefined;
}
