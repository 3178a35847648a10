/** What the page offers for an alert. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeChanges } from '#test/web/fake-data.ts';
import { alertView } from './alerts.ts';

test('only where the row is a program is its program or package offered as wider scope of an acceptance', () => {
  const nowMs = Date.now();
  const alert = makeChanges(nowMs)[0]?.alerts[1];
  assert.ok(alert);
  const offered = (table: string): readonly string[] => {
    const { program, package: owner } = alertView({ ...alert, table }, { nowMs, timeZone: 'UTC' });
    return [program, owner];
  };
  assert.deepEqual(offered('sockets'), ['/usr/bin/tcpdump', 'tcpdump']);
  // Who wrote /etc/passwd is a shell: "anything of package dash" would be no acceptance but a hole.
  assert.deepEqual(offered('accounts'), ['', '']);
});
