import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'node:test';
import { drawOn } from './live-view.ts';
import { type Key, keysIn, type Screen } from './screen.ts';

/** A screen whose keys are given, and what was drawn on it. */
function fakeScreen(keys: Key[], size = { columns: 60, rows: 6 }) {
  const drawn: (readonly string[])[] = [];
  const screen: Screen = {
    size: () => size,
    draw: (lines) => void drawn.push(lines),
    key: () => (keys.length > 0 ? Promise.resolve(keys.shift() ?? 'end') : new Promise(() => undefined)),
  };
  return { screen, drawn, size };
}

const listed = (count: number, remarks: readonly string[] = []) => ({
  heading: 'HEAD',
  rows: Array.from({ length: count }, (_, index) => `row ${index + 1}`),
  remarks,
});

const view = { everyMs: 60_000, ascii: true, lines: () => Promise.resolve(listed(0)) };

test('a list longer than the screen is moved under its heading, and no line is more than the screen has', async () => {
  const { screen, drawn } = fakeScreen(['down', 'forth', 'bottom', 'up', 'top', 'up', 'end']);
  await drawOn(screen, { ...view, first: listed(20) });
  assert.deepEqual(
    drawn.map((lines) => [lines.length, lines[0], lines[1]]),
    [1, 2, 6, 17, 16, 1, 1].map((row) => [6, 'HEAD', `row ${row}`]),
  );
  assert.match(drawn[0]?.at(-1) ?? '', /^1-4 of 20 rows {3}q ends {3}arrows move {3}again every 60 s$/);
});

test('a short list fills the screen, so that nothing of a longer one before it stays', async () => {
  const { screen, drawn } = fakeScreen(['end']);
  await drawOn(screen, { ...view, first: listed(1, ['could not look: x', '2', '3', '4']) });
  assert.deepEqual(drawn, [['HEAD', 'row 1', 'could not look: x', '2', '3', '1 row   q ends   again every 60 s']]);
});

test('it is made anew after its time, and at once for a screen of another size; one that fails ends it', async () => {
  const { screen, drawn, size } = fakeScreen(['size']);
  const widths: number[] = [];
  const lines = (width: number) => {
    widths.push(width);
    return widths.length < 3
      ? Promise.resolve(listed(widths.length + 1))
      : Promise.reject(new Error('the daemon went'));
  };
  size.columns = 44;
  await assert.rejects(drawOn(screen, { ...view, everyMs: 5, first: listed(1), lines }), /the daemon went/);
  assert.deepEqual(widths, [44, 44, 44]);
  assert.deepEqual(
    drawn.map((shown) => shown.filter((line) => line.startsWith('row')).length),
    [1, 1, 2, 3],
  );
});

test('keys end it also while a list is slow to come', async () => {
  const { screen } = fakeScreen(['size', 'end']);
  const endless = new Promise<never>(() => undefined);
  await drawOn(screen, { ...view, everyMs: 1, first: listed(1), lines: () => endless });
});

test('keysIn() knows letters and what terminals send for other keys, also many at once', () => {
  assert.deepEqual(keysIn('xq'), ['end']);
  assert.deepEqual(keysIn('\u001b[A\u001bOBj \u001b[5~G'), ['up', 'down', 'down', 'forth', 'back', 'bottom']);
  // A position of the mouse, and an escape sequence that is cut off.
  assert.deepEqual(keysIn('\u001b[200~\u001b[1;5C\u001b['), []);
  assert.deepEqual(keysIn('\u0003'), ['end']);
});

// script(1) of util-linux gives it a terminal.
const skip = !existsSync('/usr/bin/script') && 'needs /usr/bin/script';

for (const [key, ending] of [
  ['q', 'by q'],
  ['\u0003', 'by Ctrl-C'],
] as const)
  test(`on a terminal it draws on the second screen and leaves nothing there, ended ${ending}`, { skip }, async () => {
    const telltale = resolve(import.meta.dirname, '../../bin/telltale');
    const typed = `${telltale} sockets -t --watch=0.2 --state-dir /nonexistent/telltale`;
    const child = spawn('/usr/bin/script', ['-qec', typed, '/dev/null'], { env: { ...process.env, TERM: 'xterm' } });
    let said = '';
    let asked = false;
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      // Once it was drawn: what is typed before belongs to the shell.
      if (!asked && said.includes('MARK')) child.stdin.write(key);
      asked = said.includes('MARK');
    });
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0);
    // What is said before it stays on the first screen.
    const [before = '', after] = said.split('\u001b[?1049h\u001b[?25l\u001b[?7l');
    assert.match(before, /^Not compared with a baseline: .*\r\n$/);
    assert.ok(after !== undefined, JSON.stringify(said.slice(0, 200)));
    assert.ok(said.trimEnd().endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l'), JSON.stringify(said.slice(-80)));
  });
