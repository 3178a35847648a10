/** What every responder owes, run over the index: a new one cannot opt out. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { openExec } from '#host/exec.ts';
import { defaultsOf, responders } from '#responders/index.ts';
import { action, responderContext } from '#test/lab/fake-action.ts';

const docs = join(import.meta.dirname, '../../docs/responders');
/** Settings for those that cannot do without. */
const needed: Readonly<Record<string, unknown>> = { command: { program: '/bin/false' } };

test('each has a name, a sentence, settings that refuse nonsense, and a page that names them all', () => {
  assert.equal(new Set(responders.map(({ name }) => name)).size, responders.length);
  for (const { name, doc, settings, kinds } of responders) {
    assert.match(name, /^[a-z][a-z-]+$/);
    assert.match(doc, /^[A-Z].{20,}\.$/);
    assert.ok(kinds.length > 0);
    assert.ok(!v.safeParse(settings, { nonsense: 1 }).success && !v.safeParse(settings, 'text').success, name);
    const page = join(docs, `${name}.md`);
    assert.ok(existsSync(page), page);
    const text = readFileSync(page, 'utf8');
    const { entries = {} } = settings as { entries?: Readonly<Record<string, unknown>> };
    for (const key of Object.keys(entries)) assert.ok(text.includes(`\`${key}\``), `${key} in ${page}`);
    for (const part of ['What it does', 'Why it matters']) assert.ok(text.includes(part), `${part} in ${page}`);
  }
});

test('on a machine where nothing works each says so for each block, and never throws', async () => {
  for (const responder of responders) {
    const given = needed[responder.name];
    const own = given === undefined ? defaultsOf(responder) : v.parse(responder.settings, given);
    const refused = { error: 'EROFS', path: '/etc' };
    const exec = { ...openExec(), find: () => undefined };
    const context = { ...responderContext(own, exec, () => refused), editor: { edit: () => refused } };
    const open = await responder.open(context);
    await open.restore([], []);
    const blocks = [action('192.0.2.7'), action('2001:db8::/64')];
    const applied = await open.apply(blocks);
    assert.deepEqual(
      applied.map(({ id }) => id),
      blocks.map(({ id }) => id),
      responder.name,
    );
    for (const one of applied) assert.ok('failure' in one && one.failure.length > 5, responder.name);
    await open.undo(blocks);
    await open.clear(blocks);
  }
});
