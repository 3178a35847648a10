/** A real container (runc), its listener in `telltale sockets` and in alerts: whose it is, and that a new id is no news. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeContainers, needsContainers } from '#test/lab/container.ts';
import { makeOverlay, type Overlay } from '#test/lab/overlay.ts';
import { listenOn, makeSite, type Site, startDaemon, telltale, until } from '#test/lab/site.ts';

const skip = needsContainers();
const PORT = 7171;
const DIR = '/root/telltale-test';
const PODMAN = '/var/lib/containers/storage/overlay-containers';

interface Told {
  readonly rule: string;
  readonly title: string;
  readonly why: string;
  readonly update?: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly who?: Readonly<Record<string, unknown>>;
}

test("a container's listener is told with the container's name and its own files; a new id is no news", {
  skip,
}, async () => {
  await using overlay = await makeOverlay();
  await using containers = await makeContainers();
  await using site = await makeSite();
  const [shop, again, till] = [newId(), newId(), newId()];
  await overlay.sh(
    [
      `mkdir -p ${DIR}`,
      `echo 'web: { listen: none }\nwatch: { namespaces: all }' > ${DIR}/all.yaml`,
      `echo 'notifiers: [{ type: file, path: ${DIR}/alerts.jsonl }]' >> ${DIR}/all.yaml`,
      ...Object.entries({ [shop]: 'shop', [again]: 'shop' }).map(nameOf),
      `mkdir -p ${PODMAN}; echo '[{"id":"${till}","names":["till"],"image":"1"}]' > ${PODMAN}/volatile-containers.json`,
    ].join('\n'),
  );
  const { child: ownDaemon } = await startDaemon(site);
  const first = await containers.start(shop, PORT);

  // Without a daemon.
  assert.deepEqual(pick((await look(overlay))[0]), { ...expected, namespace: 'shop', pid: first.pid });
  const glance = ['sockets', '--json', '--config', site.config, '--state-dir', `${site.temp}/no-daemon`];
  assert.deepEqual(containedIn((await site.net.run(telltale, glance)).stdout), []);

  await daemonOn(overlay);
  await first.remove();
  const second = await containers.start(again, PORT);
  await seen(overlay, 'shop', second.pid);
  const third = await containers.start(till, PORT, 'libpod');
  await seen(overlay, 'till', third.pid, { container: 'podman', unit: 'libpod-*.scope' });

  const alert = await told(overlay, (line) => line.facts['namespace'] === 'till' && line.rule === 'new-listener');
  assert.equal(alert.title, `busybox opened port ${PORT} to every address in container till`);
  assert.deepEqual(
    [alert.facts['container'], alert.facts['port'], alert.facts['packageState']],
    ['podman', PORT, 'unknown'],
  );
  const { pid, exe, user, uid, unit } = alert.who ?? {};
  assert.deepEqual(
    { pid, exe, user, uid, unit, package: alert.who?.['package'] },
    { pid: third.pid, exe: '/usr/bin/busybox', user: 'www-data', uid: 33, unit: `libpod-${till}.scope`, package: '' },
  );
  const news = (await alerts(overlay)).filter(
    ({ facts, who }) => facts['namespace'] === 'shop' || who?.['unit'] === `docker-${again}.scope`,
  );
  assert.deepEqual(news, []);

  // Who watches its own namespace only hears of what is there, and of nothing else.
  listenOn(site.net, PORT + 1);
  await until('an alert of our own namespace', () => site.alerts().some(({ facts }) => facts.port === PORT + 1));
  assert.deepEqual(containedIn(await lookSince(site, Date.now())), []);
  assert.deepEqual(
    site.alerts().filter(({ facts, title }) => facts.port === PORT || /busybox|container|shop|till/.test(title)),
    [],
  );
  assert.equal(ownDaemon.exitCode, null);
});

const expected = {
  family: 'inet',
  address: '0.0.0.0',
  container: 'docker',
  unit: 'docker-*.scope',
  // As it is called in the container: the host has another file of that path, which a package ships.
  exe: '/usr/bin/busybox',
  package: '',
  packageState: 'unknown',
  altered: false,
  user: 'www-data',
  runsAs: 'www-data',
};

type Row = Readonly<Record<string, unknown>>;

function pick(row: Row | undefined): Row {
  const keys = ['namespace', 'pid', ...Object.keys(expected)];
  return Object.fromEntries(keys.map((key) => [key, row?.[key]]));
}

function newId(): string {
  return randomBytes(32).toString('hex');
}

/** Where Docker keeps the name of a container. */
function nameOf([id, name]: readonly [string, string]): string {
  const folder = `/var/lib/docker/containers/${id}`;
  return `mkdir -p ${folder}; echo '{"ID":"${id}","Name":"/${name}"}' > ${folder}/config.v2.json`;
}

async function look(overlay: Overlay): Promise<readonly Row[]> {
  const where = ['--config', `${DIR}/all.yaml`, '--state-dir', `${DIR}/state`];
  const { stdout, stderr, code } = await overlay.run(telltale, ['sockets', '--jsonl', 'port', String(PORT), ...where]);
  assert.equal(code, 0, stderr);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { row: Row }).row);
}

/** What `telltale sockets --json` has of the port of our containers. */
function containedIn(json: string): readonly Row[] {
  const { rows } = JSON.parse(json) as { rows: readonly { row: Row }[] };
  return rows.map(({ row }) => row).filter((row) => row['port'] === PORT);
}

/** What the daemon of a site says as soon as it has looked after a moment. */
async function lookSince(site: Site, atMs: number): Promise<string> {
  for (const end = Date.now() + 20_000; Date.now() < end; await pause()) {
    const { stdout } = await site.run('sockets', '--json');
    if ((JSON.parse(stdout) as { takenMs: number }).takenMs > atMs) return stdout;
  }
  throw new Error('The daemon has not looked for 20 s');
}

/** Waits until the daemon knows of the listener of a container by its process. */
async function seen(overlay: Overlay, namespace: string, pid: number, engine: Row = {}): Promise<void> {
  let rows: readonly Row[] = [];
  for (const end = Date.now() + 20_000; Date.now() < end; await pause()) {
    rows = await look(overlay);
    const row = rows.find((other) => other['namespace'] === namespace);
    if (row?.['pid'] === pid) {
      assert.deepEqual(pick(row), { ...expected, ...engine, namespace, pid });
      return;
    }
  }
  assert.fail(`The listener of ${namespace} (${pid}) was not seen, but: ${JSON.stringify(rows.map(pick))}`);
}

async function daemonOn(overlay: Overlay): Promise<ChildProcess> {
  const where = ['--config', `${DIR}/all.yaml`, '--state-dir', `${DIR}/state`];
  const daemon = overlay.spawn(telltale, ['daemon', ...where, '--ready-file', `${DIR}/ready`]);
  let said = '';
  for (const stream of [daemon.stdout, daemon.stderr])
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  for (const end = Date.now() + 60_000; ; await pause()) {
    if ((await overlay.run('/usr/bin/test', ['-s', `${DIR}/ready`])).code === 0) return daemon;
    if (daemon.exitCode !== null || Date.now() > end) throw new Error(`The daemon is not ready: ${said}`);
  }
}

async function alerts(overlay: Overlay): Promise<readonly Told[]> {
  const { stdout } = await overlay.run('/bin/cat', [`${DIR}/alerts.jsonl`]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Told);
}

async function told(overlay: Overlay, fits: (line: Told) => boolean): Promise<Told> {
  let all: readonly Told[] = [];
  for (const end = Date.now() + 20_000; Date.now() < end; await pause()) {
    all = await alerts(overlay);
    const found = all.find(fits);
    if (found !== undefined) return found;
  }
  throw new Error(`No such alert, but: ${JSON.stringify(all, null, 1)}`);
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 100));
}
