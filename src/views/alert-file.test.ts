import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mistakes } from '#test/lab/json-schema.ts';
import { HOSTILE, hostileAlert, makeAlert, makeNotice, NIGHT_MS } from '#test/lab/notices.ts';
import { docRows } from './alert-field.ts';
import { type AlertLine, alertFileFields, alertFileSchema } from './alert-file.ts';
import { words } from './words.ts';

const formats = join(import.meta.dirname, '../../docs/formats');
const parse = (line: string): AlertLine => JSON.parse(line) as AlertLine;

const quieted = { verb: 'ack', by: 'root', atMs: NIGHT_MS, reason: 'seen', untilMs: 0 } as const;
const bare = (): ReturnType<typeof makeAlert> => {
  const { who, source, attack, ...finding } = makeAlert().finding;
  return who && source && attack ? { ...makeAlert(), finding } : makeAlert();
};

const lines = [
  makeNotice(),
  makeNotice([hostileAlert()], { suppressed: 3 }),
  makeNotice([bare()]),
  makeNotice([makeAlert({ state: 'closed', count: 3, lastMs: NIGHT_MS + 1, closedMs: NIGHT_MS + 2 })], {
    update: true,
  }),
  makeNotice([makeAlert({ state: 'acknowledged', quieted, explainedBy: 'unit restart' })], { update: true }),
].map((notice) => words.json(notice));

test('every line is one line that the published schema accepts, with no field that it does not name', () => {
  const schema = JSON.parse(readFileSync(join(formats, 'alert-file.schema.json'), 'utf8')) as object;
  for (const line of lines) {
    assert.equal(line.includes('\n'), false);
    assert.deepEqual(mistakes(parse(line), schema, { closed: true }), []);
  }
});

test('the schema refuses a line with a wrong type, a missing field or an unknown word', () => {
  const schema = alertFileSchema();
  const good = parse(lines[0] ?? '');
  const { title, ...untitled } = good;
  assert.ok(title);
  for (const bad of [{ ...good, count: '1' }, untitled, { ...good, severity: 'grave' }, { ...good, who: {} }, []]) {
    assert.notDeepEqual(mistakes(bad, schema, { closed: true }), []);
  }
});

test('the published schema and page are those that the declaration makes', () => {
  const schemaFile = join(formats, 'alert-file.schema.json');
  const pageFile = join(formats, 'alert-file.md');
  const schema = `${JSON.stringify(alertFileSchema(), null, 2)}\n`;
  const table = ['| field | type | meaning |', '|---|---|---|', ...docRows(alertFileFields)].join('\n');
  const page = readFileSync(pageFile, 'utf8').replace(
    /(<!-- fields -->\n)[\s\S]*(<!-- \/fields -->)/,
    (_, open: string, close: string) => `${open}\n${table}\n\n${close}`,
  );
  assert.equal(page.includes(table), true, 'the page has no place for the fields');
  if (process.env['TELLTALE_WRITE_DOCS'] === '1') {
    writeFileSync(schemaFile, schema);
    writeFileSync(pageFile, page);
  }
  assert.equal(readFileSync(schemaFile, 'utf8'), schema, 'run with TELLTALE_WRITE_DOCS=1');
  assert.equal(readFileSync(pageFile, 'utf8'), page, 'run with TELLTALE_WRITE_DOCS=1');
});

test('an opening has no "update"; a change has it, with the time of the change', () => {
  const [opening, , , closing] = lines.map(parse);
  assert.equal(opening?.update, undefined);
  assert.equal(opening?.timeMs, NIGHT_MS);
  assert.deepEqual(
    [closing?.update, closing?.timeMs, closing?.state, closing?.count],
    [true, NIGHT_MS + 2, 'closed', 3],
  );
});

test('an alert without a process says so in every field of who, and has no source', () => {
  const line = parse(lines[2] ?? '');
  assert.deepEqual([line.who.pid, line.who.uid, line.who.exe, line.who.parents], [0, -1, '', []]);
  assert.equal('source' in line, false);
  assert.deepEqual(line.attack, []);
});

test('a line says how many before it were not told', () => {
  assert.deepEqual(
    lines.map((line) => parse(line).suppressed),
    [undefined, 3, undefined, undefined, undefined],
  );
});

test('programs get the text as it was seen; a terminal that shows the raw line is not moved by it', () => {
  const [, hostile = ''] = lines;
  assert.equal(parse(hostile).who.exe, HOSTILE);
  assert.equal(parse(hostile).facts['path'], HOSTILE);
  assert.doesNotMatch(hostile, /[\p{Cc}\u202e\u200b\u2028\ud800]/u);
});
