/** Two network namespaces with a wire between them: us at 10.77.0.1 and fd77::1, the others at .2 to .5 and ::2 to ::5. */

import { openExec } from '#host/exec.ts';
import { inNamespace, inodeAt } from '#host/netns.ts';
import { openPacketLog } from '#host/nflog.ts';
import type { Exec } from '#model/exec.ts';
import type { ResponderContext } from '#model/responder.ts';
import { makeNetns, type Netns } from './netns.ts';

export interface NetPair extends AsyncDisposable {
  readonly us: Netns;
  readonly them: Netns;
  /** Runs programs in our namespace. */
  readonly exec: Exec;
  /** A group of NFLOG in our namespace. */
  readonly logGroup: ResponderContext<unknown>['logGroup'];
  /** From now on: how many of our ports answered "open" to that address of theirs, whatever their scanner prints. */
  learned(from: string): Promise<number>;
  /** Whether one packet from that address of theirs is answered by us. */
  answers(from: string): Promise<boolean>;
}

/** Makes both; the second is theirs. */
export async function makeNetPair(): Promise<NetPair> {
  await using stack = new AsyncDisposableStack();
  const us = stack.use(await makeNetns());
  const them = stack.use(await makeNetns());
  const ip = '/usr/sbin/ip';
  const must = async (at: Netns, ...args: string[]): Promise<void> => {
    const ran = await at.run(ip, args);
    if (ran.code !== 0) throw new Error(`ip ${args.join(' ')}: ${ran.stderr}`);
  };
  await must(us, 'link', 'add', 'wire0', 'type', 'veth', 'peer', 'name', 'wire0', 'netns', them.name);
  await must(us, 'addr', 'add', '10.77.0.1/24', 'dev', 'wire0');
  await must(us, 'addr', 'add', 'fd77::1/48', 'dev', 'wire0', 'nodad');
  for (const last of [2, 3, 4, 5]) {
    await must(them, 'addr', 'add', `10.77.0.${last}/24`, 'dev', 'wire0');
    await must(them, 'addr', 'add', `fd77:0:0:${last}::1/48`, 'dev', 'wire0', 'nodad');
  }
  await must(us, 'link', 'set', 'wire0', 'up');
  await must(them, 'link', 'set', 'wire0', 'up');
  const counting = [4, 6].map((family) => {
    const ip = family === 4 ? 'ip' : 'ip6';
    return `add set inet learned open${family} { type ipv${family}_addr . inet_service; flags dynamic; size 65535; }
add rule inet learned heard meta nfproto ipv${family} tcp flags & (syn | ack) == (syn | ack) add @open${family} { ${ip} daddr . tcp sport }`;
  });
  const chain = 'add chain inet learned heard { type filter hook prerouting priority -300; }';
  const script = ['add table inet learned', chain, ...counting].join('; ').replaceAll('\n', '; ');
  const made = await them.run('/usr/sbin/nft', [script]);
  if (made.code !== 0) throw new Error(`nft: ${made.stderr}`);
  const real = openExec();
  const owned = stack.move();
  return {
    us,
    them,
    exec: {
      find: (paths) => real.find(paths),
      run: (run, signal) =>
        real.run(
          {
            ...run,
            program: '/usr/bin/nsenter',
            args: [`--net=/run/netns/${us.name}`, '--', run.program, ...run.args],
          },
          signal,
        ),
    },
    logGroup(snapBytes) {
      const path = `/run/netns/${us.name}`;
      const options = { namespace: 0, threshold: 32, timeoutMs: 10, bufferBytes: 1 << 18, nowMs: () => Date.now() };
      return inNamespace(path, Number(inodeAt(path)), () => openPacketLog({ ...options, snapBytes }));
    },
    async learned(from) {
      const family = from.includes(':') ? 6 : 4;
      const ran = await them.run('/usr/sbin/nft', ['-j', 'list', 'set', 'inet', 'learned', `open${family}`]);
      return [...ran.stdout.matchAll(/"concat": \["([^"]+)"/g)].filter(([, address]) => address === from).length;
    },
    async answers(from) {
      const to = from.includes(':') ? 'fd77::1' : '10.77.0.1';
      // A connection to a closed port is refused at once where packets come through; nothing comes back where not.
      const script = `import socket,sys
s=socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.settimeout(0.4); s.bind((sys.argv[1],0))
try: s.connect((sys.argv[2],9))
except ConnectionRefusedError: print("answer")
except OSError as e: print(e)`;
      const ran = await them.run('/usr/bin/python3', ['-c', script, from, to]);
      return ran.stdout.trim() === 'answer';
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
