/** A watched network namespace with neighbours: each has a link of its own to it, and the way to all its addresses. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { makeNetns, type Netns } from './netns.ts';

const run = promisify(execFile);
const IP = '/usr/sbin/ip';

/** One who may knock. */
export interface Neighbour {
  readonly net: Netns;
  /** Its own addresses. */
  readonly v4: string;
  readonly v6: string;
  /** Those of the watched namespace on this link. */
  readonly target4: string;
  readonly target6: string;
  readonly device: string;
}

export interface Star extends AsyncDisposable {
  /** The namespace in the middle. */
  readonly middle: Netns;
  neighbour(): Promise<Neighbour>;
}

/** Makes the middle; everything goes with it. */
export async function makeStar(): Promise<Star> {
  await using stack = new AsyncDisposableStack();
  const middle = stack.use(await makeNetns());
  let count = 0;
  const owned = stack.move();
  return {
    middle,
    async neighbour() {
      count += 1;
      const number = count;
      const net = owned.use(await makeNetns());
      const device = `n${number}`;
      await run(IP, [
        '-n',
        middle.name,
        'link',
        'add',
        `m${number}`,
        'type',
        'veth',
        'peer',
        'name',
        device,
        'netns',
        net.name,
      ]);
      for (const [name, link, last] of [
        [middle.name, `m${number}`, 1],
        [net.name, device, 2],
      ] as const) {
        await run(IP, ['-n', name, 'addr', 'add', `10.9.${number}.${last}/24`, 'dev', link]);
        await run(IP, ['-n', name, 'addr', 'add', `fd09:0:0:${number}::${last}/64`, 'dev', link, 'nodad']);
        await run(IP, ['-n', name, 'link', 'set', link, 'up']);
      }
      await run(IP, ['-n', net.name, 'route', 'add', 'default', 'via', `10.9.${number}.1`]);
      return {
        net,
        v4: `10.9.${number}.2`,
        v6: `fd09:0:0:${number}::2`,
        target4: `10.9.${number}.1`,
        target6: `fd09:0:0:${number}::1`,
        device,
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
