/** A day of an ordinary server, replayed through the whole watch: what people and scripts are told of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatch } from '#engine/watch.ts';
import { openCapturedHost } from '#host/captured.ts';
import { type Alert, signOf } from '#model/finding.ts';
import { rules } from '#rules/index.ts';
import { listeners, sensors } from '#sensors/index.ts';
import { openStore } from '#store/open.ts';
import { END_MS, type Planted, writeDay } from '#test/lab/day/day.ts';
import { FakeChannel, plainWords } from '#test/lab/fake-watch.ts';
import { makeTemp } from '#test/lab/temp.ts';

/** Lets the day pass; `people` got incidents from medium up, `script` every alert. */
async function live(planted: Planted = {}) {
  await using temp = await makeTemp();
  writeDay(temp.path, planted);
  const host = openCapturedHost(temp.path);
  assert.deepEqual(host.rejects, []);
  const people = new FakeChannel('people', 'incidents');
  const script = new FakeChannel('script', 'alerts');
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  const parts = { host, store, sensors, listeners, rules, channels: [people, script], words: plainWords };
  const watch = createWatch({ ...parts, version: 'test' });
  const stop = new AbortController();
  const started = watch.start(stop.signal);
  await host.run({ untilMs: END_MS, turns: 4 });
  await started;
  const { changes } = await watch.desk({ name: 'root', uid: 0, via: 'terminal' }).ask('changes', {});
  stop.abort();
  const closing = watch[Symbol.asyncDispose]();
  await host.run({ untilMs: END_MS + 60_000, turns: 4 });
  await closing;
  const told = script.told.filter(({ update }) => !update).map(({ alert }) => alert);
  const open = changes.flatMap(({ alerts }) => alerts);
  return { people: people.told, told, open };
}

type Told = Pick<Alert, 'finding' | 'explainedBy'>;

/** "severity title", each once with its number, sorted. */
function summary(alerts: readonly Told[]): readonly string[] {
  const lines = alerts.map(({ finding, explainedBy }) => {
    const explained = explainedBy === undefined ? '' : ', explained';
    return `${finding.severity}: ${finding.title}${explained}`;
  });
  return [...new Set(lines)].map((line) => `${lines.filter((other) => other === line).length} ${line}`).toSorted();
}

const rest = [
  '1 low: node no longer serves port 3000 to every address in container shop',
  '2 info: ssh opened port 8443 on loopback only',
  '2 info: sshd opened port 6010 on loopback only',
];
const older = (program: string, port: number): string =>
  `2 low: ${program}, which holds port ${port}, still runs an older file than /usr/sbin/${program}`;
/** What the upgrade explains, programs that run on with their old files as well, is this one line. */
const upgraded = (files: string, changes: number): string =>
  `1 info: openssl 1 → 2, nginx 1 → 2, openssh-server 1 → 2: 3 files, ${files}; ${changes} changes explained, explained`;
const asPackaged = upgraded('all as packaged', 6);

test('an ordinary day: nobody is told anything, and what is noted is little', async () => {
  const day = await live();
  assert.deepEqual(
    day.people.map(({ incident }) => incident.title),
    [],
  );
  assert.deepEqual(summary(day.told), [...rest, asPackaged].toSorted());
  assert.deepEqual(summary(day.open), []);
});

test('a listener of 300 ms in the same day is the one message, to act upon', async () => {
  const day = await live({ listener: true });
  assert.deepEqual(
    day.people.map(({ incident, alert: { state, finding } }) => [
      incident.title,
      signOf(finding.severity),
      state,
      finding.title.replace(/3\d\d ms$/, '3.. ms'),
      finding.who?.exe,
      finding.who?.user,
      finding.who?.unit,
    ]),
    [
      [
        'nc.traditional opened port 4444 to every address',
        'act',
        'closed',
        'nc.traditional opened port 4444 to every address and closed it after 3.. ms',
        '/usr/bin/nc.traditional',
        'www-data',
        'nginx.service',
      ],
    ],
  );
  assert.deepEqual(
    summary(day.told),
    [...rest, asPackaged, '1 critical: nc.traditional opened port 4444 to every address'].toSorted(),
  );
  assert.deepEqual(summary(day.open), []);
});

test('a program exchanged while apt runs is not explained by it: one message for all its listeners', async () => {
  const day = await live({ altered: true });
  assert.equal(day.people.length, 1);
  const altered = [80, 443].map(
    (port) => `2 critical: nginx, which holds port ${port}, is not the program that its package shipped`,
  );
  assert.deepEqual(summary(day.people[0]?.alerts ?? []), altered.toSorted());
  // What was told of the exchanged file first, of both ports in one, becomes the critical alert of its port.
  const first = older('nginx', 80).replace('2 ', '1 ');
  const sums = [...rest, first, upgraded('1 not as packaged', 2), ...altered];
  assert.deepEqual(summary(day.told), sums.toSorted());
  assert.deepEqual(summary(day.open), altered.toSorted());
});
