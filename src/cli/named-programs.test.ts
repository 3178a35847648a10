import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Settings } from '#model/settings.ts';
import { namedPrograms } from './named-programs.ts';

test('programs of channels, checks and responders are named once each, other settings are not', () => {
  const channel = { type: 'x', name: 'x', minSeverity: 'medium', maxPerHour: 20 } as const;
  const settings = {
    notifiers: [
      { ...channel, own: { program: '/usr/local/bin/page-me', args: ['/etc/passwd'] } },
      { ...channel, own: { sendmail: '/opt/msmtp', to: '/x' } },
      { ...channel, own: { path: '/var/log/a.jsonl' } },
    ],
    checks: [{ name: 'a', run: ['/usr/local/bin/check', '/x'] }],
    answers: {
      responders: [{ type: 'command', own: { program: '/usr/local/bin/page-me', undo: '/usr/local/bin/undo' } }],
    },
  } as unknown as Settings;
  assert.deepEqual(namedPrograms(settings), [
    '/usr/local/bin/page-me',
    '/opt/msmtp',
    '/usr/local/bin/undo',
    '/usr/local/bin/check',
  ]);
});
