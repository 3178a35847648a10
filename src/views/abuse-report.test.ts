import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE, makeAlert, NIGHT_MS } from '#test/lab/notices.ts';
import { abuseDoubt, abuseReport } from './abuse-report.ts';

const facts = {
  kind: 'syn',
  ports: '22,80',
  probes: 1000,
  firstMs: NIGHT_MS,
  lastMs: NIGHT_MS + 5000,
  firstHeader: '4500',
  confirmed: true,
};

test('a letter with times in UTC and the proof', () => {
  const alert = makeAlert({}, { title: 'SYN scan', facts, source: { ip: '203.0.113.9' } });
  const text = abuseReport(alert, { nowMs: NIGHT_MS }) ?? '';
  assert.match(text, /^Subject: Abuse from 203\.0\.113\.9: SYN scan\n/);
  assert.match(
    text,
    /Began: 2026-11-21 02:14:31 UTC\nLast seen: 2026-11-21 02:14:36 UTC\nTechnique: syn\nPorts tried: 22,80\nPackets: 1000/,
  );
  assert.equal(abuseDoubt(alert), '');
  assert.match(abuseDoubt(makeAlert({}, { facts: {} })), /may be forged/);
  const inside = { ...facts, network: '10.0.0.0/24 (private)' };
  assert.match(abuseDoubt(makeAlert({}, { facts: inside })), /\(private\) belong to nobody on the Internet/);
});

test('no address, no letter; hostile text stays on its line', () => {
  const { source: _source, ...finding } = makeAlert().finding;
  assert.equal(abuseReport({ ...makeAlert(), finding }, { nowMs: 0 }), undefined);
  const text =
    abuseReport(makeAlert({ host: HOSTILE }, { title: HOSTILE, facts: { ports: HOSTILE } }), { nowMs: 0 }) ?? '';
  assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
  assert.equal(text.split('\n').filter((line) => line.startsWith('Bcc')).length, 0);
});
