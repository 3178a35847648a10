import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '#model/finding.ts';
import type { StoredAlert } from '#model/store.ts';
import { Deeds } from './deeds.ts';

const finding = (rule: string, more: Partial<Finding> = {}): Finding => ({
  rule,
  severity: 'medium',
  subject: '/etc/x',
  title: `${rule} speaks`,
  why: '',
  next: '',
  facts: { file: '/etc/x' },
  ...more,
});

const alertOf = (found: Finding, more: Partial<StoredAlert> = {}): StoredAlert => ({
  id: found.rule,
  fingerprint: found.rule,
  incident: 'i',
  host: 'h',
  state: 'open',
  finding: found,
  table: 'files',
  key: 'k',
  about: 'presence',
  count: 1,
  firstMs: 1_000,
  lastMs: 1_000,
  ...more,
});

function played(...told: readonly StoredAlert[]) {
  const deeds = new Deeds();
  const all = new Map(told.map((alert) => [alert.id, alert]));
  for (const alert of told) deeds.note(alert);
  return {
    withPart: (part: Finding, place = { table: 'other', key: 'o' }, nowMs = 2_000) =>
      deeds.withPart({ finding: part, ...place }, nowMs, (id) => all.get(id)),
    takenOver: (whole: Finding, nowMs = 2_000) =>
      deeds.takenOver({ finding: whole, table: 'cron', key: 'c', about: 'presence', fingerprint: 'f' }, nowMs, (id) =>
        all.get(id),
      ),
  };
}

const part = finding('changed', { folds: '/etc/x', facts: { file: '/etc/x', diff: '+a' } });

test('a part joins the alert of its file, and what is graver in it is not lost', () => {
  const whole = alertOf(finding('means'));
  const joined = played(whole).withPart({ ...part, severity: 'high' });
  assert.deepEqual(
    [joined?.id, joined?.finding.title, joined?.finding.severity, joined?.finding.facts['diff']],
    ['means', 'means speaks', 'high', '+a'],
  );
  assert.equal(played(whole).withPart(part, undefined, 12_000), undefined, 'another deed');
  const undone = alertOf(finding('means'), { state: 'closed', lastMs: 2_000, closedMs: 2_000 });
  assert.equal(played(undone).withPart(part, undefined, 2_600)?.id, 'means', 'what ended it');
  assert.equal(played(undone).withPart(part, undefined, 8_000), undefined, 'another deed after its end');
  const quieted = alertOf(finding('means'), { state: 'accepted' });
  assert.equal(played(quieted).withPart({ ...part, severity: 'high' }), undefined, 'nobody has accepted that');
  assert.equal(played(quieted).withPart(part)?.id, 'means');
});

test('parts of one file in one table are one alert that lists them; danger about another row is not hidden in it', () => {
  const first = alertOf(finding('key-new', { folds: '/etc/x', title: 'a key' }));
  const second = finding('key-new', { folds: '/etc/x', title: 'another key' });
  const here = { table: 'files', key: 'other' };
  assert.deepEqual(played(first).withPart(second, here)?.finding.facts['also'], ['another key']);
  assert.equal(played(first).withPart(second, { table: 'elsewhere', key: 'k' }), undefined);
  const follows = finding('changed', { folds: '/etc/x', facts: { file: '/lib/unit-that-runs-x' } });
  assert.equal(
    played(first).withPart(follows, { table: 'elsewhere', key: 'k' })?.id,
    'key-new',
    'follows from the file',
  );
  const over = { ...first, state: 'closed', lastMs: 2_000, closedMs: 2_000 } as const;
  const end = finding('gone', { folds: '/etc/x', severity: 'low' });
  assert.equal(played(over).withPart(end, { table: 'elsewhere', key: 'k' }, 2_600)?.id, 'key-new', 'what ended it');
  assert.equal(played(over).withPart({ ...end, severity: 'high' }, { table: 'files', key: 'k' }, 2_600), undefined);
  const trifle = finding('changed', { folds: '/etc/x', severity: 'low' });
  assert.equal(played(first).withPart(trifle, { table: 'elsewhere', key: 'k' })?.id, 'key-new', 'of a graver part');
  const grave = { ...second, severity: 'high', dangerous: true } as const;
  assert.equal(played(first).withPart(grave, here), undefined);
  assert.equal(played(alertOf(grave)).withPart(grave, here)?.id, 'key-new', 'another as grave');
  assert.equal(played(alertOf(grave)).withPart({ ...grave, severity: 'low' }, { table: 'x', key: 'x' }), undefined);
  assert.equal(played(first).withPart({ ...second, dangerous: true }, { table: 'files', key: 'k' })?.id, 'key-new');
});

test('what a change means takes over the alert that only said that there was one', () => {
  const told = alertOf(part);
  const whole = finding('means', { severity: 'low' });
  const next = played(told).takenOver(whole);
  assert.deepEqual(
    [next?.id, next?.fingerprint, next?.table, next?.finding.rule, next?.finding.title, next?.finding.severity],
    ['changed', 'f', 'cron', 'means', 'means speaks', 'medium'],
  );
  assert.deepEqual(next?.finding.facts, { file: '/etc/x', diff: '+a' });
  assert.equal(next?.finding.folds, undefined);
  assert.equal(played(told).takenOver(whole, 7_000), undefined, 'long after');
  assert.equal(played(alertOf(part, { state: 'muted' })).takenOver(whole), undefined);
  assert.equal(played(told).takenOver({ ...whole, folds: '/etc/x' }), undefined, 'a part itself');
  assert.equal(played(told).takenOver({ ...whole, over: true }), undefined);
});

test('a folder that was made for a file is part of what is told of the file, in either order', () => {
  const folder = finding('file-new', {
    subject: '/etc/udev',
    severity: 'info',
    folds: ['/etc/udev', '/etc/udev/'],
    facts: { file: '/etc/udev', mode: '0755' },
  });
  const rule = finding('means', { facts: { file: '/etc/udev/rules.d/9.rules', mode: '0644' } });
  const joined = played(alertOf(rule)).withPart(folder);
  assert.deepEqual(joined?.finding.facts, { ...rule.facts, alsoChanged: ['/etc/udev'] });
  const next = played(alertOf(folder)).takenOver(rule);
  assert.deepEqual([next?.id, next?.finding.facts], ['file-new', { ...rule.facts, alsoChanged: ['/etc/udev'] }]);
  const opened = finding('changed', { folds: '/etc/udev', facts: { file: '/etc/udev', mode: '0777' } });
  assert.equal(played(alertOf(rule)).withPart(opened), undefined, 'its rights are another matter');
  assert.equal(played(alertOf(opened)).takenOver(rule), undefined);
});

test('a part of another file than its own is taken over by what is told of that file, and named', () => {
  const service = finding('changed', {
    subject: 'rc-local.service',
    title: 'the service runs another script',
    folds: '/etc/rc.local',
    facts: { file: '/lib/rc-local.service', unit: 'rc-local' },
  });
  const script = finding('means', { facts: { file: '/etc/rc.local' } });
  const next = played(alertOf(service, { table: 'cron', key: 'other' })).takenOver(script);
  assert.deepEqual(next?.finding.facts, {
    file: '/etc/rc.local',
    alsoChanged: ['/lib/rc-local.service'],
    also: ['the service runs another script'],
  });
});

test('a deed without a file has a name: what is found of one process is one alert, whichever is told first', () => {
  const ran = finding('ran', { facts: { exe: '/opt/x' }, folds: 'run 7', title: 'x ran', severity: 'low' });
  const root = finding('root', { facts: { sign: 'root' }, whole: ['run 7'], severity: 'critical' });
  const later = played(alertOf(root)).withPart(ran);
  assert.deepEqual(
    [later?.finding.rule, later?.finding.severity, later?.finding.facts],
    ['root', 'critical', { exe: '/opt/x', sign: 'root', also: ['x ran'] }],
  );
  const before = played(alertOf(ran)).takenOver(root);
  assert.deepEqual([before?.id, before?.finding.rule, before?.finding.facts['also']], ['ran', 'root', ['x ran']]);
  assert.equal(played(alertOf(ran)).takenOver({ ...root, whole: ['run 8'] }), undefined, 'another process');
  // Two programs that one process ran after each other stay two.
  assert.equal(played(alertOf(ran)).withPart({ ...ran, subject: 'y' }), undefined);
  // A part may be a whole of something else: who wrote to memory ran for the first time as well.
  const wrote = finding('wrote', { facts: {}, folds: 'into 9', whole: ['run 7'] });
  assert.equal(played(alertOf(ran)).takenOver(wrote)?.finding.rule, 'wrote');
});

test('what is made in a folder that was told as new a moment ago is part of that, and told with it by what it means', () => {
  const folder = (path: string): Finding =>
    finding('new', { severity: 'info', subject: path, facts: { file: path }, folds: [path, `${path}/`] });
  const inside = finding('new', { facts: { file: '/etc/a/b/x' }, folds: ['/etc/a/b/x'] });
  const first = alertOf(folder('/etc/a'), { id: 'folder' });
  const place = { table: 'files', key: 'x' };
  const second = played(first).withPart(folder('/etc/a/b'), place);
  assert.deepEqual([second?.id, second?.finding.facts['also']], ['folder', ['new speaks']]);
  assert.deepEqual(
    [played(first).withPart(inside, place)?.id, played(first).withPart(inside, place)?.finding.severity],
    ['folder', 'medium'],
  );
  assert.equal(played(first).takenOver(finding('means', { facts: { file: '/etc/a/b/x' } }))?.id, 'folder');
  assert.equal(played(first).withPart(inside, { table: 'other', key: 'x' }), undefined, 'of another table');
  assert.equal(played(first).withPart(inside, place, 12_000), undefined, 'later');
});
