import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSettings } from '#config/load.ts';
import type { SensorStatus } from '#model/verbs.ts';
import { makeAlert, NIGHT_MS } from '#test/lab/notices.ts';
import { startLines } from './start-lines.ts';

const sensor: SensorStatus = {
  name: 'sockets',
  table: 'sockets',
  lastLookMs: NIGHT_MS,
  failed: false,
  rows: 9,
  by: 'sock_diag',
  hears: 'tracefs',
  lost: 0,
  gaps: [],
};
const sensors = [
  sensor,
  { ...sensor, name: 'files', hears: '', gaps: [{ what: 'walk', why: 'not finished', reduced: true as const }] },
  { ...sensor, name: 'hidden', by: 'not asked' },
];
const none = { act: 0, watch: 0, note: 0 };
const baseline = { version: 1, madeMs: NIGHT_MS, rows: 18 };

function said(mode: 'off' | 'on', more: Partial<Parameters<typeof startLines>[0]> = {}): string {
  const nowhere = { HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent' };
  const where = { config: undefined, stateDir: '/var/lib/x', env: nowhere, uid: 1000, notifiers: [] };
  const { settings: defaults } = loadSettings(where);
  assert.ok(defaults);
  const settings = { ...defaults, answers: { ...defaults.answers, mode } };
  const status = { baseline, facts: 1418, startedMs: NIGHT_MS - 900, nowMs: NIGHT_MS, open: none };
  const host = { name: 'web-03', scope: 'all' as const };
  const parts = { settings, host, sensors, blind: [], page: undefined, status, gravest: undefined, ...more };
  return startLines(parts).join('\n');
}

test('the first words: what is normal, what is blind, whom it tells, that nothing is blocked', () => {
  const words = said('off');
  assert.match(words, /^Telltale \S+ is watching web-03\.\n/);
  assert.match(words, /What is here now counts as normal: 1,418 facts from 2 checks/);
  assert.match(words, /1 of 2 checks hear of changes at once/);
  assert.match(words, /Nothing is blind; 1 check sees less than possible \(telltale doctor\)\./);
  assert.match(words, /Tells nobody yet/);
  assert.match(words, /Nothing is blocked until you say so\./);
  assert.ok(words.split('\n').length < 12, words);
});

test('a later start says against what it holds things, what is open, and what cannot be seen', () => {
  const status = {
    baseline: { ...baseline, madeMs: Date.UTC(2026, 10, 3, 9) },
    facts: 20,
    startedMs: NIGHT_MS,
    nowMs: NIGHT_MS,
    open: { act: 1, watch: 1, note: 0 },
  };
  const words = said('on', {
    status,
    gravest: makeAlert(),
    blind: [{ what: 'mail log', why: 'absent', next: 'telltale doctor' }],
    host: { name: 'web\u202e03', scope: 'own' },
  });
  assert.match(words, /is watching web\\u\{202e\}03, only this network namespace/);
  assert.match(words, /Holds 20 facts from 2 checks against what was normal on 3 November/);
  assert.match(words, /2 things are open already, the gravest: nc opened/);
  assert.match(words, / {2}blind: mail log \(absent\); telltale doctor\n {2}1 check sees less/);
  assert.match(words, /Blocks attackers as the settings say/);
});
