import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { action, responderContext } from '#test/lab/fake-action.ts';
import { makeNetPair, type NetPair } from '#test/lab/net-pair.ts';
import blackholeRoute from './blackhole-route.ts';

const open = (pair: NetPair) => blackholeRoute.open(responderContext(v.parse(blackholeRoute.settings, {}), pair.exec));
const ip = async (pair: NetPair, ...args: string[]): Promise<string> =>
  (await pair.us.run('/usr/sbin/ip', args)).stdout;

test('answers to the address go nowhere, until the route is taken out', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair);
  const blocks = [action('10.77.0.2'), action('fd77:0:0:2::/64')];
  assert.ok((await responder.apply(blocks)).every((applied) => 'undo' in applied));
  assert.ok(
    (await responder.apply(blocks)).every((applied) => 'undo' in applied),
    'twice is no failure',
  );
  assert.ok(!(await pair.answers('10.77.0.2')));
  assert.ok(!(await pair.answers('fd77:0:0:2::1')));
  assert.ok(await pair.answers('10.77.0.3'));
  await responder.undo(blocks);
  const again = await responder.undo(blocks);
  assert.ok(
    again.every((applied) => 'undo' in applied),
    'gone already is no failure',
  );
  assert.ok(await pair.answers('10.77.0.2'));
  assert.ok(await pair.answers('fd77:0:0:2::1'));
});

test('what a killed daemon left goes at the next start, routes of others stay', async () => {
  await using pair = await makeNetPair();
  await ip(pair, 'route', 'add', 'blackhole', '198.51.100.1');
  const before = await open(pair);
  await before.apply([action('10.77.0.2'), action('10.77.0.3')]);
  const after = await open(pair);
  await after.restore([action('10.77.0.3')], []);
  assert.ok(await pair.answers('10.77.0.2'));
  assert.ok(!(await pair.answers('10.77.0.3')));
  await after.clear([]);
  assert.equal((await ip(pair, 'route', 'show', 'type', 'blackhole')).trim(), 'blackhole 198.51.100.1');
});

test('a route that somebody else made is left alone, in words', async () => {
  await using pair = await makeNetPair();
  await ip(pair, 'route', 'add', '203.0.113.7', 'dev', 'wire0');
  const [applied] = await (await open(pair)).apply([action('203.0.113.7')]);
  assert.match(
    applied !== undefined && 'failure' in applied ? applied.failure : '',
    /a route to 203\.0\.113\.7 already, which is not ours/,
  );
  assert.match(await ip(pair, 'route', 'show', '203.0.113.7'), /wire0/);
});
