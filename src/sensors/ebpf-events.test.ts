import assert from 'node:assert/strict';
import test from 'node:test';
import type { KernelEvents } from '#model/host.ts';
import { fakeHost, settle } from '#test/lab/fake-host.ts';
import { eventOf, kernelOf } from '#test/lab/fake-sockets.ts';
import listener from './ebpf-events.ts';

test('a program that is loaded asks for a look at once, and for one when the kernel has checked it', async () => {
  const host = fakeHost();
  const asked: unknown[] = [];
  const load = eventOf({ kind: 'kernel-code', pid: 5, timeMs: 40 });
  const kernelEvents = (_signal: AbortSignal, kinds: unknown): Promise<KernelEvents> => {
    asked.push(kinds);
    return Promise.resolve(kernelOf('tracefs and eBPF', [[load], []]));
  };
  await using listening = await listener.listen({ ...host, kernelEvents }, new AbortController().signal);
  assert.deepEqual(asked, [['kernel-code']]);
  assert.equal(listening.lost(), 3);
  assert.deepEqual(listening.gaps, []);
  const told: string[] = [];
  const reading = (async () => {
    for await (const batch of listening.events) told.push(batch.map(({ kind, timeMs }) => `${kind} ${timeMs}`).join());
  })();
  await settle();
  assert.deepEqual(told, ['stale 40']);
  await host.clock.advance(1000);
  await reading;
  assert.deepEqual(told, ['stale 40', 'stale 740', '']);
});

test('where the kernel does not tell, that is said', async () => {
  const kernelEvents = (): Promise<KernelEvents> => Promise.resolve(kernelOf('proc connector', []));
  await using listening = await listener.listen({ ...fakeHost(), kernelEvents }, new AbortController().signal);
  assert.equal(listening.by, 'polling');
  assert.equal(listening.gaps[0]?.reduced, true);
});
