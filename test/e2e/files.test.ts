/** The real program on a machine to break: what is done to files is told, what dpkg does is not. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { makeOverlay, type Overlay } from '../lab/overlay.ts';
import { telltale, until } from '../lab/site.ts';
import { needsRoot } from '../lab/skip.ts';

interface Told {
  readonly id: string;
  readonly rule: string;
  readonly severity: string;
  readonly state: string;
  readonly title: string;
  readonly update?: boolean;
  readonly explainedBy?: string;
  readonly who: { readonly exe: string };
  readonly facts: Readonly<Record<string, unknown>>;
}

const STANDARD = new Set(['bin', 'boot', 'etc', 'lib', 'lib64', 'run', 'sbin', 'usr', 'var']);
const others = readdirSync('/').filter((name) => !STANDARD.has(name));

/** Only a part is walked over, so that the first walk takes seconds. */
const SETTINGS = `
stateDir: /run/tt
web: { listen: none }
watch: { namespaces: own }
files:
  walkAfter: 0
  ignore: [${others.map((name) => `'/${name}'`).join(', ')}, /usr/include, /usr/lib, /usr/local/lib, /usr/share, /usr/src, /var/cache, /var/lib]
notifiers:
  - { type: file, path: /run/alerts.jsonl }
`;

const machineStack = new AsyncDisposableStack();
let machine: Overlay;
/** The machine's own /run, as seen from here. */
let run = '';

function told(file: string): Told[] {
  const path = `${run}/alerts.jsonl`;
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const all = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Told);
  return all.filter(({ facts }) => facts['file'] === file);
}

/** The first alert of that rule about that file. */
async function hears(rule: string, file: string): Promise<Told> {
  try {
    return await until(`${rule} ${file}`, () => told(file).find((alert) => alert.rule === rule));
  } catch (error) {
    const others = told(file).map((alert) => `${alert.rule} (${alert.state})`);
    throw new Error(`Not told of "${file}" by ${rule}, but by: ${others.join(', ') || 'nobody'}`, { cause: error });
  }
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

before(
  async () => {
    if (needsRoot() !== false) return;
    machine = machineStack.use(await makeOverlay());
    // An overlay gives a folder another handle when it is first written to: that is not what is tested here.
    await machine.sh(
      'for d in /etc /etc/default /usr/bin /usr/local/bin /usr/libexec /var/tmp; do touch $d/warm; rm $d/warm; done',
    );
    await machine.sh(`mkdir -p /run/tt; cat > /run/tt.yaml <<'E'${SETTINGS}E`);
    const daemon = machine.spawn(telltale, ['daemon', '--config', '/run/tt.yaml', '--ready-file', '/run/ready']);
    daemon.stdout?.resume();
    daemon.stderr?.pipe(process.stderr);
    run = `/proc/${daemon.pid}/root/run`;
    await until('the daemon is ready', () => existsSync(`${run}/ready`), 60_000);
    while (!(await walked())) await wait(500);
  },
  { timeout: 200_000 },
);
after(() => machineStack.disposeAsync());

const WALKED = `
  const { DatabaseSync } = require('node:sqlite');
  const index = new DatabaseSync('/run/tt/files.db', { readOnly: true });
  if (index.prepare("SELECT 1 FROM value WHERE name = 'walked'").get() === undefined) process.exit(1);
`;

/** Asked from the inside: SQLite follows no path through /proc. */
async function walked(): Promise<boolean> {
  return (await machine.run(process.execPath, ['--no-warnings', '-e', WALKED])).code === 0;
}

test('a changed text is told with its difference, and secrets are left out of it', { skip: needsRoot() }, async () => {
  // In two steps: the command line of who wrote it is told as it is.
  await machine.sh(`printf 'db_password = hunter2\nport = 7\n' > /run/lines`);
  await machine.sh('cat /run/lines >> /etc/motd');
  const alert = await hears('file-changed', '/etc/motd');
  assert.match(alert.title, /\/etc\/motd was changed: 2 lines added, 0 removed/);
  assert.match(String(alert.facts['diff']), /^\+port = 7$/m);
  assert.match(String(alert.facts['diff']), /^\+db_password = \[withheld [0-9a-f]{8}\]$/m);
  assert.ok(!readFileSync(`${run}/alerts.jsonl`, 'utf8').includes('hunter2'));
});

test('a file that is changed and changed back within a second is told', { skip: needsRoot() }, async () => {
  await machine.sh(
    'cp -p /etc/issue /run/issue; echo for a moment >> /etc/issue; sleep 0.5; cat /run/issue > /etc/issue',
  );
  const alert = await hears('file-changed', '/etc/issue');
  assert.match(String(alert.facts['diff']), /^\+for a moment$/m);
});

test('what another table tells of a file takes the difference in: one alert', { skip: needsRoot() }, async () => {
  await machine.sh('echo "eve:x:0:0::/:/bin/sh" >> /etc/passwd');
  await until('the difference', () => told('/etc/passwd').find(({ facts }) => 'diff' in facts));
  const rules = new Set(told('/etc/passwd').map(({ rule }) => rule));
  assert.ok(rules.has('uid-zero-twin'), [...rules].join(', '));
  assert.ok(!rules.has('file-changed'), [...rules].join(', '));
});

test('a setuid program, capabilities, a set time and open rights are told by name', { skip: needsRoot() }, async () => {
  await machine.sh(`
    cp /bin/true /var/tmp/x; chmod 4755 /var/tmp/x
    cp /bin/true /usr/local/bin/capped; setcap cap_setuid+ep /usr/local/bin/capped
    echo "# x" >> /etc/networks; touch -d 2001-01-01 /etc/networks
    mkdir "/var/tmp/... "
    chmod 777 /etc/default`);
  assert.equal((await hears('setuid-new', '/var/tmp/x')).severity, 'critical');
  assert.match((await hears('capability-new', '/usr/local/bin/capped')).title, /cap_setuid=ep/);
  assert.equal((await hears('time-forged', '/etc/networks')).severity, 'high');
  assert.equal((await hears('hidden-name', '/var/tmp/... ')).severity, 'medium');
  assert.equal((await hears('open-permissions', '/etc/default')).severity, 'high');
});

test('a program of a package that is altered, removed or given rights is told, and so is a foreign one', {
  skip: needsRoot(),
}, async () => {
  await machine.sh(`
    echo "# x" >> /usr/bin/ldd
    rm /usr/bin/tac
    chmod u+s /usr/bin/env
    cp /bin/true /usr/bin/telltale-test-foreign`);
  assert.equal((await hears('package-file-altered', '/usr/bin/ldd')).severity, 'critical');
  assert.match((await hears('package-file-missing', '/usr/bin/tac')).title, /coreutils is missing/);
  // That it is setuid now, and no longer as its package has it, is one alert, whichever of the two is found first.
  await hears('setuid-new', '/usr/bin/env');
  await until('the rights', () => told('/usr/bin/env').find(({ facts }) => /755 → 4755/.test(String(facts['rights']))));
  assert.equal(told('/usr/bin/env').at(-1)?.rule, 'setuid-new');
  assert.equal(new Set(told('/usr/bin/env').map(({ id }) => id)).size, 1);
  assert.equal((await hears('unpackaged-program', '/usr/bin/telltale-test-foreign')).severity, 'high');
});

/** A package with a program, some data and a configuration file. */
const deb = (version: string): string => `
  d=/run/build-${version}; mkdir -p $d/DEBIAN $d/usr/bin $d/usr/libexec/tt-sample $d/etc
  printf '#!/bin/sh\\necho ${version}\\n' > $d/usr/bin/tt-sample; chmod 755 $d/usr/bin/tt-sample
  echo data ${version} > $d/usr/libexec/tt-sample/data
  echo setting ${version} > $d/etc/tt-sample.conf
  echo /etc/tt-sample.conf > $d/DEBIAN/conffiles
  printf 'Package: tt-sample\\nVersion: ${version}\\nArchitecture: all\\nMaintainer: t <t@example.org>\\nDescription: test\\n' > $d/DEBIAN/control
  (cd $d; md5sum usr/bin/tt-sample usr/libexec/tt-sample/data > DEBIAN/md5sums)
  dpkg-deb --root-owner-group -b $d /run/tt-sample-${version}.deb`;

test('what dpkg installs and upgrades is no alert; the same file changed by hand is one', {
  skip: needsRoot(),
  timeout: 120_000,
}, async () => {
  await machine.sh(`${deb('1.0')}; ${deb('2.0')}`);
  const files = ['/usr/bin/tt-sample', '/usr/libexec/tt-sample/data', '/etc/tt-sample.conf'];
  const open = (): string[] =>
    files
      .flatMap(told)
      .filter(({ explainedBy }) => !explainedBy)
      .map(({ rule, title }) => `${rule}: ${title}`);
  for (const version of ['1.0', '2.0']) {
    await machine.sh(`dpkg -i /run/tt-sample-${version}.deb`);
    await wait(5000);
    assert.deepEqual(open(), [], version);
  }
  await machine.sh('echo "# by hand" >> /usr/bin/tt-sample; echo by hand >> /etc/tt-sample.conf');
  assert.equal((await hears('package-file-altered', '/usr/bin/tt-sample')).explainedBy ?? '', '');
  const changed = await until('the difference of the configuration', () =>
    told('/etc/tt-sample.conf').find(({ rule, explainedBy }) => rule === 'file-changed' && !explainedBy),
  );
  assert.match(String(changed.facts['diff']), /^\+by hand$/m);
});
