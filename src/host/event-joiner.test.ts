import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BindRecord } from '#formats/bpf-bind.ts';
import type { SocketRecord } from '#formats/trace-records.ts';
import type { Clock, ProcessFacts } from '#model/host.ts';
import { type EventJoiner, makeEventJoiner } from './event-joiner.ts';
import { openFiles } from './files.ts';
import type { ProcessTracker } from './processes.ts';

const OURS = 7;
const THEIRS = 8;

/** Every process lives in the namespace that this says. */
function joiner(namespace: number, options: { onlyNamespace?: number; hearsListen?: boolean } = {}): EventJoiner {
  const processes = {
    at: (tid: number) => ({ pid: tid, process: { pid: tid, namespace } as ProcessFacts }),
    expectExec: () => undefined,
  };
  return makeEventJoiner({
    files: openFiles(),
    processes: processes as unknown as ProcessTracker,
    clock: { bootMs: () => 1_000_000 } as Clock,
    cookies: { namespaceOf: (cookie) => Number(cookie) },
    onlyNamespace: options.onlyNamespace,
    hearsListen: () => options.hearsListen ?? true,
  });
}

const listen: SocketRecord = {
  type: 'socket',
  timeNs: 5_400_000,
  tid: 42,
  inInterrupt: false,
  oldState: 7,
  newState: 10,
  family: 2,
  protocol: 6,
  port: 80,
  address: Buffer.from([0, 0, 0, 0]),
};
const bound = (protocol: number, cookie: bigint): BindRecord => ({
  type: 'bound',
  timeNs: 5_000_000,
  pid: 42,
  tid: 42,
  cookie,
  uid: 0,
  family: 2,
  socketType: 1,
  protocol,
  port: 80,
  address: Buffer.from([0, 0, 0, 0]),
});
const call = { type: 'bind', timeNs: 5_100_000, tid: 42, inInterrupt: false } as const;

test('join() says who opened what, when and where', () => {
  const [event] = joiner(OURS).join([listen]);
  assert.deepEqual(
    { ...event, process: undefined },
    {
      kind: 'listen',
      timeMs: 1_000_005,
      pid: 42,
      process: undefined,
      namespace: OURS,
      family: 'inet',
      protocol: 'tcp',
      address: '0.0.0.0',
      port: 80,
    },
  );
});

test('join() leaves out what is known to be of another namespace, and keeps what is unknown', () => {
  const own = { onlyNamespace: OURS };
  assert.equal(joiner(OURS, own).join([listen]).length, 1);
  assert.equal(joiner(THEIRS, own).join([listen]).length, 0);
  assert.deepEqual(
    joiner(0, own)
      .join([listen])
      .map(({ namespace }) => namespace),
    [0],
  );
});

test("join() believes the socket's own namespace more than its process's", () => {
  const events = joiner(OURS).join([bound(6, BigInt(THEIRS)), call, listen]);
  assert.deepEqual(
    events.map(({ kind, namespace }) => [kind, namespace]),
    [
      ['bind', THEIRS],
      ['listen', THEIRS],
    ],
  );
});

test('join() tells of a bind call only when nothing told of it with an address', () => {
  assert.deepEqual(
    joiner(OURS)
      .join([bound(17, 7n), call])
      .map(({ protocol }) => protocol),
    ['udp'],
  );
  assert.deepEqual(
    joiner(OURS)
      .join([call])
      .map(({ protocol }) => protocol),
    [''],
  );
  const later = { ...call, timeNs: 3e9 };
  assert.deepEqual(
    joiner(OURS)
      .join([bound(17, 7n), later])
      .map(({ protocol }) => protocol),
    ['udp', ''],
  );
});

test('join() asks for a look at a TCP bind where listen() is not heard', () => {
  const events = joiner(OURS, { hearsListen: false }).join([bound(6, 7n), bound(17, 7n)]);
  assert.deepEqual(
    events.map(({ protocol }) => protocol),
    ['', 'udp'],
  );
});

test('join() blames nobody for what happened in an interrupt', () => {
  const [event] = joiner(OURS).join([{ ...listen, inInterrupt: true }]);
  assert.deepEqual([event?.pid, event?.process, event?.port], [0, undefined, 80]);
});
