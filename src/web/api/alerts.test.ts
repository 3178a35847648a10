/** What the page offers for an alert. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeChanges } from '#test/web/fake-data.ts';
import { alertPage, alertView } from './alerts.ts';

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

test('titles among the facts are not escaped a second time', () => {
  const nowMs = Date.now();
  const [change] = makeChanges(nowMs);
  const alert = change?.alerts[0];
  assert.ok(change !== undefined && alert !== undefined);
  const facts = { also: ['x\\u{202e}y may log in', 'z'] };
  const shown = {
    alert: { ...alert, finding: { ...alert.finding, facts } },
    incident: change.incident,
    others: [],
    history: [],
  };
  const page = alertPage(shown, { nowMs }, 'UTC');
  assert.deepEqual(page.facts, [{ name: 'also', value: 'x\\u{202e}y may log in; z' }]);
});
