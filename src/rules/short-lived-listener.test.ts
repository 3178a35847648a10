import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redis } from './sample-row.ts';
import rule from './short-lived-listener.ts';

test('how long a port was open is exact where the kernel told its end, and a bound where a look found it', () => {
  const said = (protocol: string, livedMs: number): string | undefined => {
    const change = { type: 'removed', before: { ...redis, protocol }, livedMs } as const;
    const judgement = { change, known: false, learning: false, replaced: undefined, peers: [], memory: {}, nowMs: 0 };
    return rule.judge(judgement as unknown as Parameters<typeof rule.judge>[0])?.title;
  };
  assert.match(said('tcp', 5) ?? '', / and closed it after 5 ms$/);
  assert.match(said('udp', 7600) ?? '', / and closed it within 7\.6 s$/);
});
