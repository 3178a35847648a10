/** What every notifier owes, run over the index: a new one cannot opt out. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Alert } from '#model/finding.ts';
import { notifiers, testNotice } from '#notifiers/index.ts';
import { calm, complaints, labHost, openChannel } from '#test/lab/channel.ts';
import { HOSTILE, hostileAlert, makeAlert, makeNotice } from '#test/lab/notices.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { words } from '#views/words.ts';

const docs = join(import.meta.dirname, '../../docs/notifiers');

/** Settings of each notifier that are sound, yet lead to a place where nothing can be told. */
const unreachable = (folder: string): Readonly<Record<string, unknown>> => ({
  file: { path: '/proc/telltale/absent' },
  mail: { to: 'root', sendmail: join(folder, 'absent') },
  command: { program: join(folder, 'absent') },
  attackalert: { socket: join(folder, 'absent') },
});

/** Those that tell of some alerts only need one of them. */
const listensTo: Readonly<Record<string, Alert>> = {
  attackalert: makeAlert({}, { rule: 'port-scan', facts: { ports: '22', kind: HOSTILE } }),
};

test('notifiers have different names, words for people, and no settings that only look optional', () => {
  assert.equal(new Set(notifiers.map((notifier) => notifier.name)).size, notifiers.length);
  for (const notifier of notifiers) {
    assert.match(notifier.name, /^[a-z][a-z-]+$/);
    assert.match(notifier.doc, /^[A-Z].{20,}\.$/);
    assert.ok(notifier.kind === 'alerts' || notifier.kind === 'incidents');
    assert.notDeepEqual(
      complaints(notifier, { nonsense: 1 }),
      [],
      `${notifier.name} takes settings that it does not know`,
    );
    assert.notDeepEqual(complaints(notifier, 'text'), []);
  }
});

test('each notifier has its page, and the page names every setting', () => {
  for (const notifier of notifiers) {
    const page = join(docs, `${notifier.name}.md`);
    assert.ok(existsSync(page), page);
    const text = readFileSync(page, 'utf8');
    for (const name of settingNames(notifier.settings)) assert.ok(text.includes(`\`${name}\``), `${name} in ${page}`);
    for (const part of ['Why it matters', 'How to quiet it|how to quiet it']) assert.match(text, new RegExp(part));
  }
});

test('what is told nowhere is an error with the next thing to do, and the channel can be closed after it', async () => {
  await using dir = await makeTemp();
  for (const notifier of notifiers) {
    const settings = unreachable(dir.path)[notifier.name];
    assert.ok(settings !== undefined, `Say in this suite where ${notifier.name} fails`);
    await using channel = await openChannel(notifier, settings);
    for (let tries = 0; tries < 2; tries += 1) {
      await assert.rejects(
        channel.send(makeNotice([listensTo[notifier.name] ?? hostileAlert()]), calm),
        (error: Error) => {
          assert.match(error.message, /^Cannot [a-z]+ .*"[^"]+".*: .+/);
          assert.doesNotMatch(error.message, /[\p{Cc}\u202e]/u);
          return true;
        },
      );
    }
  }
});

test('opening a channel does nothing that could fail: a full disk or a dead server must not stop the watch', async () => {
  await using dir = await makeTemp();
  for (const notifier of notifiers) {
    const channel = await openChannel(notifier, unreachable(dir.path)[notifier.name]);
    await channel[Symbol.asyncDispose]();
  }
});

test('a test notice says that it is one, on every face, and is made of what the host says', () => {
  const notice = testNotice(labHost);
  assert.match(
    words.subject(notice),
    /^web-03\.example\.org ○ Telltale on web-03\.example\.org can reach you: this is a test$/,
  );
  assert.match(words.text(notice), /Someone asked for a test of this channel/);
  assert.doesNotMatch(words.text(notice), /telltale accept/);
  assert.equal((JSON.parse(words.json(notice)) as { rule: string }).rule, 'notify-test');
  const hostile = testNotice({ ...labHost, name: HOSTILE });
  assert.doesNotMatch(words.subject(hostile), /[\p{Cc}\u202e]/u);
});

/** Names of the settings in a schema, through pipes. */
function settingNames(schema: unknown): readonly string[] {
  const { pipe, entries } = schema as { pipe?: readonly unknown[]; entries?: Readonly<Record<string, unknown>> };
  if (entries) return Object.keys(entries);
  const names = (pipe ?? []).flatMap(settingNames);
  assert.ok(names.length > 0 || pipe === undefined, 'A notifier declares its settings as an object');
  return names;
}
