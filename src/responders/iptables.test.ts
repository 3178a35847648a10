import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { action, responderContext } from '#test/lab/fake-action.ts';
import { makeNetPair, type NetPair } from '#test/lab/net-pair.ts';
import { until } from '#test/lab/site.ts';
import iptables from './iptables.ts';

const open = (pair: NetPair, ipset: boolean) =>
  iptables.open(responderContext(v.parse(iptables.settings, { ipset }), pair.exec));
const rules = async (pair: NetPair): Promise<string> =>
  (await pair.us.run('/usr/sbin/iptables', ['-S'])).stdout + (await pair.us.run('/usr/sbin/ip6tables', ['-S'])).stdout;

for (const ipset of [true, false]) {
  test(`dropped before rules that accept, and let in again (${ipset ? 'ipset' : 'a rule each'})`, async () => {
    await using pair = await makeNetPair();
    await pair.us.run('/usr/sbin/iptables', ['-A', 'INPUT', '-j', 'ACCEPT']);
    const before = await rules(pair);
    const responder = await open(pair, ipset);
    const blocks = [action('10.77.0.2'), action('10.77.0.4/31'), action('fd77:0:0:2::/64')];
    const applied = await responder.apply(blocks);
    assert.ok(
      applied.every((one) => 'undo' in one),
      JSON.stringify(applied),
    );
    assert.ok(
      (await responder.apply(blocks)).every((one) => 'undo' in one),
      'twice is no failure',
    );
    for (const from of ['10.77.0.2', '10.77.0.5', 'fd77:0:0:2::1']) assert.ok(!(await pair.answers(from)), from);
    for (const from of ['10.77.0.3', 'fd77:0:0:3::1']) assert.ok(await pair.answers(from), from);
    await responder.undo(blocks.slice(0, 1));
    assert.ok(
      (await responder.undo(blocks.slice(0, 1))).every((one) => 'undo' in one),
      'gone already is no failure',
    );
    assert.ok(await pair.answers('10.77.0.2'));

    // A killed daemon left the rest; the next one wants other blocks.
    const next = await open(pair, ipset);
    await next.restore([action('10.77.0.3')], []);
    assert.ok(!(await pair.answers('10.77.0.3')));
    assert.ok(await pair.answers('10.77.0.5'));
    assert.ok(await pair.answers('fd77:0:0:2::1'));
    await next.clear([]);
    assert.equal(await rules(pair), before);
    assert.ok(await pair.answers('10.77.0.3'));
  });
}

test('ipset ends a block by itself; a flushed chain is noticed', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair, true);
  await responder.apply([action('10.77.0.2', { untilMs: Date.now() + 1000 })]);
  let open2 = false;
  await until('the end of the block', () => {
    void pair.answers('10.77.0.2').then((answered) => (open2 ||= answered));
    return open2;
  });
  assert.equal(await responder.intact?.(), true);
  await pair.us.run('/usr/sbin/iptables', ['-F']);
  assert.equal(await responder.intact?.(), false);
  const blocks = [action('10.77.0.3')];
  await responder.restore(blocks, []);
  assert.ok(!(await pair.answers('10.77.0.3')));
});
