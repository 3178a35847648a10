import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUnit } from './systemd-unit.ts';
import { whenWords } from './systemd-words.ts';

test('whenWords() says when timers, sockets and paths act', () => {
  const words = (text: string): string => whenWords(parseUnit(text).directives);
  assert.equal(words('[Timer]\nOnCalendar=daily\nOnBootSec=5min\n'), 'every day, 5min after boot');
  assert.equal(words('[Timer]\nOnCalendar=*-*-* 6,18:00\n'), 'at "*-*-* 6,18:00"');
  assert.equal(words('[Socket]\nListenStream=99\nListenStream=/run/x\n'), 'when something connects to 99, /run/x');
  assert.equal(words('[Path]\nPathExists=/tmp/go\n'), 'when /tmp/go exists');
  assert.equal(words('[Timer]\nOnCalendar=daily\nOnCalendar=\n'), '');
});
