import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import * as v from 'valibot';
import { defineNotifier } from '#model/notifier.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { loadSettings } from './load.ts';
import { channelWords, exampleFile, HIDDEN, settingsInForce, settingsWords, toYaml } from './write.ts';

const file = defineNotifier({
  name: 'file',
  doc: '',
  kind: 'alerts',
  settings: v.strictObject({
    path: v.string(),
    token: v.optional(v.string()),
    wait: v.optional(
      v.pipe(
        v.string(),
        v.transform(() => 30_000),
      ),
      '30 s',
    ),
  }),
  secrets: ['token'],
  open: () => Promise.reject(new Error('not opened here')),
});

async function loadText(text: string) {
  await using temp = await makeTemp();
  const path = join(temp.path, 'x.yaml');
  writeFileSync(path, text);
  return loadSettings({ config: path, stateDir: undefined, env: {}, uid: 0, notifiers: [file] });
}

test('the example is sound, and says nothing but the defaults', async () => {
  const { settings, problems } = await loadText(exampleFile());
  assert.deepEqual(problems, []);
  const defaults = (await loadText('')).settings;
  assert.deepEqual({ ...settings, notifiers: [] }, { ...defaults, notifiers: [] });
  assert.equal(settings?.notifiers[0]?.type, 'file');
});

test('the example names every setting', () => {
  for (const { key, words } of settingsWords()) {
    assert.ok(exampleFile().includes(key.split('.').at(-1) ?? ''), key);
    assert.notEqual(words, '', key);
  }
});

test('what is in force hides secrets, and reads back as itself', async () => {
  const { settings } = await loadText(
    'notifiers:\n  - {type: file, path: /a, token: hunter2, wait: 30 s}\nkeep: 2 days\n',
  );
  assert.ok(settings);
  const text = toYaml(settingsInForce(settings, [file]));
  assert.ok(!text.includes('hunter2'));
  assert.ok(text.includes(HIDDEN));
  assert.match(text, /wait: 30 s/);
  const again = (await loadText(text.replace(HIDDEN, 'hunter2'))).settings;
  assert.deepEqual(again, settings);
});

test('every section of the settings is among those in force', async () => {
  const { settings } = await loadText('');
  assert.ok(settings);
  const shown = new Set(Object.keys(settingsInForce(settings, [])));
  assert.deepEqual(shown, new Set(settingsWords().map(({ key }) => key.split('.')[0])));
});

test('docs/configuration.md has a row for every setting', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  for (const { key, words, default: value } of [...settingsWords(), ...channelWords()]) {
    assert.ok(
      page.includes(`| \`${key}\` | ${value === '' ? '' : `\`${value}\``} | ${words} |`),
      `docs/configuration.md lacks: | \`${key}\` | ${value === '' ? '' : `\`${value}\``} | ${words} |`,
    );
  }
});
