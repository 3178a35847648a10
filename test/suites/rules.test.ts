/** What every rule owes, run over the index, so that none can opt out. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Judgement, Rule, Sample } from '#model/sensor.ts';
import type { Change, Row } from '#model/table.ts';
import { rules } from '#rules/index.ts';
import { sensors } from '#sensors/index.ts';

const root = join(import.meta.dirname, '../..');

function judge(rule: Rule, given: Sample['judgement']) {
  const memory = new Map<string, number>();
  const judgement: Judgement = {
    replaced: undefined,
    peers: [],
    known: false,
    learning: false,
    nowMs: 1_763_694_000_000,
    memory: { get: (key) => memory.get(key), set: (key, value) => void memory.set(key, value) },
    ...given,
  };
  return rule.types.includes(judgement.change.type) ? rule.judge(judgement) : undefined;
}

for (const rule of rules) {
  test(`rule ${rule.id}: its samples give what they say`, () => {
    for (const sample of rule.samples) {
      const finding = judge(rule, sample.judgement);
      assert.equal(finding?.severity, sample.expect, sample.name);
      // The engine tells nothing else in the first look.
      if (finding !== undefined && sample.judgement.learning === true)
        assert.equal(finding.dangerous, true, `${sample.name}: spoke in the first look`);
    }
    assert.ok(
      rule.samples.some(({ expect }) => expect !== undefined),
      'no sample that must match',
    );
    assert.ok(
      rule.samples.some(({ expect }) => expect === undefined),
      'no sample that must not match',
    );
  });

  test(`rule ${rule.id}: names its file, table, techniques and page`, () => {
    const file = join(root, `src/rules/${rule.id}.ts`);
    assert.ok(existsSync(file), file);
    assert.ok(readFileSync(file, 'utf8').includes(`id: '${rule.id}'`));
    assert.ok(
      sensors.some(({ table }) => table.name === rule.on),
      rule.on,
    );
    assert.ok(rule.attack.length > 0 && rule.attack.every((id) => /^T\d{4}(?:\.\d{3})?$/.test(id)));
    const page = readFileSync(join(root, `docs/rules/${rule.id}.md`), 'utf8');
    for (const heading of ['## Why it matters', '## False alarms', '## How to quiet it', '## Severity'])
      assert.ok(page.includes(heading), `docs/rules/${rule.id}.md lacks "${heading}"`);
    for (const id of rule.attack) assert.ok(page.includes(id), `docs/rules/${rule.id}.md lacks ${id}`);
  });

  test(`rule ${rule.id}: each finding says why, what next, and never a pid in its subject`, () => {
    for (const { judgement, expect } of rule.samples) {
      const finding = judge(rule, judgement);
      if (finding === undefined || expect === undefined) continue;
      assert.ok(finding.title.length > 10 && finding.title.length < 300, finding.title);
      assert.ok(!/\s\s|undefined|\[object|\s[,.;]/.test(finding.title + finding.why), finding.title + finding.why);
      assert.ok(finding.why.length > 30, finding.why);
      assert.ok(/^[a-z]+ /.test(finding.next), finding.next);
      const row = rowOf(judgement.change);
      assert.ok(!finding.subject.includes(String(row['pid'])), finding.subject);
      // Rows that come from files or from the kernel have no process: the engine says who touched the file last.
      if (Number(row['pid']) > 0) assert.ok(finding.who !== undefined, 'no process');
      assert.deepEqual(finding, structuredClone(finding), 'not plain data');
    }
  });

  test(`rule ${rule.id}: what it depends on makes a difference in each sample that matches`, () => {
    for (const { name, judgement, expect } of rule.samples) {
      if (expect === undefined) continue;
      const flips = Object.keys(rowOf(judgement.change)).filter((column) =>
        [...mutations(rowOf(judgement.change)[column]), ...sampleValues(rule, column)].some(
          (value) =>
            judge(rule, { ...judgement, change: withColumn(judgement.change, column, value) })?.severity !== expect,
        ),
      );
      assert.ok(flips.length > 0, `${name}: no column matters`);
      assert.ok(!flips.includes('pid') && !flips.includes('inode'), `${name}: depends on what changes at each start`);
    }
  });

  test(`rule ${rule.id}: names from outside stay names in words`, () => {
    for (const { judgement, expect } of rule.samples) {
      if (expect === undefined) continue;
      let change = judgement.change;
      for (const column of [
        'comm',
        'exe',
        'exeNow',
        'path',
        'pathNow',
        'unitNow',
        'cmdline',
        'interface',
        'name',
        'user',
      ])
        change = withHostile(change, column, `\u001b[2J'; $(reboot)\n`);
      const finding = judge(rule, { ...judgement, change });
      if (finding === undefined) continue;
      for (const text of [finding.title, finding.why, finding.next])
        assert.ok(!text.includes('\u001b') && !text.includes('\n'), text);
    }
  });

  test(`rule ${rule.id}: whatever stands in a column is one quoted word of a command`, () => {
    for (const { name, judgement, expect } of rule.samples) {
      if (expect === undefined) continue;
      for (const { next } of hostileFindings(rule, judgement)) {
        assert.ok(!/[\p{Cc}\u202e]/u.test(next), `${name}: ${JSON.stringify(next)}`);
        assert.ok(!/HOSTILE|\$\(|[`']/.test(withoutQuoted(next)), `${name}: ${next}`);
      }
    }
  });
}

test('ids are unique', () => {
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
});

/** A command, the end of a quoted word, an option, a second line, a terminal escape, text that turns around. */
const hostile = [
  '$(HOSTILE)',
  "'; HOSTILE;'",
  '`HOSTILE`',
  'x\nHOSTILE',
  'x\u001b[2JHOSTILE',
  'x\u202eHOSTILE',
  'x; HOSTILE',
];

/** The findings with each text column, and all at once, made hostile at its end; where the rule still speaks. */
function hostileFindings(rule: Rule, judgement: Sample['judgement']) {
  const columns = Object.entries(rowOf(judgement.change)).filter(
    ([, value]) => typeof value !== 'number' && typeof value !== 'boolean',
  );
  const names = columns.map(([column]) => column);
  const wishes = hostile.flatMap((text) =>
    [names, ...names.map((column) => [column])].map((chosen) => ({ text, chosen })),
  );
  return wishes.flatMap(({ text, chosen }) => {
    const change = chosen.reduce((at, column) => withHostile(at, column, text), judgement.change);
    return judge(rule, { ...judgement, change }) ?? [];
  });
}

function withHostile(change: Change, column: string, text: string): Change {
  const value = rowOf(change)[column];
  if (typeof value === 'string') return withColumn(change, column, `${value}${text}`);
  return Array.isArray(value)
    ? withColumn(
        change,
        column,
        value.map((item) => `${item}${text}`),
      )
    : change;
}

/** A command line without its quoted words: '…', '…'\''…', $'…', "…" without anything that a shell expands. */
function withoutQuoted(command: string): string {
  return command.replaceAll(/\\.|\$'(?:[^'\\]|\\.)*'|'[^']*'|"[^"$`\\]*"/g, 'QUOTED');
}

function rowOf(change: Change): Row {
  return change.type === 'removed' ? change.before : change.after;
}

function withColumn(change: Change, column: string, value: Row[string]): Change {
  const row = { ...rowOf(change), [column]: value };
  return change.type === 'removed' ? { ...change, before: row } : { ...change, after: row };
}

/** What the column holds in the rule's own samples: words that only this table has. */
function sampleValues(rule: Rule, column: string): readonly Row[string][] {
  return rule.samples.flatMap(({ judgement }) => {
    const value = rowOf(judgement.change)[column];
    return value === undefined ? [] : [value];
  });
}

/** Other values that a column may take: a word that rules know, and one that none does. */
function mutations(value: Row[string] | undefined): readonly Row[string][] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, 0];
  if (typeof value !== 'string') return [[]];
  return [
    '',
    'other',
    'packaged',
    'unpackaged',
    'present',
    'open',
    'local',
    'unix',
    'none',
    'replaced',
    'deleted',
    '0600',
    '/run/x',
  ].filter((other) => other !== value);
}
