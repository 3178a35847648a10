import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { action, responderContext } from '#test/lab/fake-action.ts';
import attackalert from './attackalert.ts';

const nothing = { find: () => undefined, run: () => assert.fail('runs no program') };

test('says how PortSentry would have blocked, once and not again after a restart', async () => {
  const sent: string[] = [];
  const settings = v.parse(attackalert.settings, { route: '/sbin/ipchains -s $TARGET$', wrappers: 'ALL: $TARGET$' });
  const context = responderContext(settings, nothing, (path, text) => {
    sent.push(`${path} ${text.replace(/^.*?: /, '')}`);
    return undefined;
  });
  const responder = await attackalert.open(context);
  const block = action('192.0.2.7');
  await responder.apply([block]);
  await responder.restore([block], []);
  await responder.undo([block]);
  assert.deepEqual(sent, [
    '/dev/log attackalert: Host 192.0.2.7 has been blocked via wrappers with string: "ALL: 192.0.2.7"',
    '/dev/log attackalert: Host 192.0.2.7 has been blocked via dropped route using command: "/sbin/ipchains -s 192.0.2.7"',
  ]);
});

test('no syslog is a failure of that block alone', async () => {
  const context = responderContext(v.parse(attackalert.settings, {}), nothing, (path) => ({ error: 'ENOENT', path }));
  const [applied] = await (await attackalert.open(context)).apply([action('192.0.2.7')]);
  assert.deepEqual(applied, { id: applied?.id, failure: '"/dev/log" takes no line: ENOENT' });
});
