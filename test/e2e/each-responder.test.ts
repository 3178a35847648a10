/** Every way to answer, held to the same promises by the real daemon, a real scan and real packets. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import { startDaemon, stop, until } from '#test/lab/site.ts';

interface Way {
  readonly name: string;
  /** YAML of the responder; TEMP is the test's folder. */
  readonly yaml: string;
  /** A command is not run because a daemon stops: what it did is its own. */
  readonly stays?: true;
  /** Whether it stands for that address now; packets alone do not tell of files and commands. */
  readonly stands: (site: Site, address: string) => Promise<boolean>;
}
type Site = Awaited<ReturnType<typeof makeBlockSite>>;

const byPackets = async (site: Site, address: string): Promise<boolean> => !(await site.pair.answers(address));
const textOf = (site: Site, name: string): string =>
  existsSync(join(site.temp, name)) ? readFileSync(join(site.temp, name), 'utf8') : '';

const ways: readonly Way[] = [
  { name: 'nftables', yaml: 'type: nftables, delay: false', stands: byPackets },
  { name: 'iptables', yaml: 'type: iptables', stands: byPackets },
  { name: 'blackhole-route', yaml: 'type: blackhole-route', stands: byPackets },
  {
    name: 'hosts-deny',
    yaml: 'type: hosts-deny, path: TEMP/hosts.deny',
    stands: (site, address) => Promise.resolve(textOf(site, 'hosts.deny').includes(address)),
  },
  {
    name: 'command',
    stays: true,
    yaml: 'type: command, program: TEMP/run, args: [on, $TARGET$], undoProgram: TEMP/run, undoArgs: [off, $TARGET$]',
    stands: (site, address) => {
      const lines = textOf(site, 'ran').trim().split('\n');
      return Promise.resolve(lines.findLast((line) => line.endsWith(` ${address}`))?.startsWith('on ') === true);
    },
  },
];

const connect = `import socket,sys
def visit(p,wait):
  s=socket.socket(); s.settimeout(wait); s.bind((sys.argv[1],0))
  try: s.connect(("10.77.0.1",p)); s.send(b"x")
  except OSError: pass
  s.close()
visit(8080,3)
for p in range(20,60): visit(p,0.05)`;
const serve = `import socket,sys,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("0.0.0.0",8080)); s.listen(9); open(sys.argv[1],"w"); time.sleep(300)`;

describe('each responder', { concurrency: 2 }, () => {
  for (const way of ways)
    test(`${way.name}: answers a scan, ends by hand, by time and after a kill, and comes back with the daemon`, {
      timeout: 180_000,
    }, async () => {
      await using site = await makeBlockSite('  mode: off\n');
      const { pair, temp } = site;
      writeFileSync(join(temp, 'run'), `#!/bin/sh\necho "$*" >> ${temp}/ran\n`, { mode: 0o755 });
      const responder = way.yaml.replaceAll('TEMP', temp);
      site.setAnswers(
        `  mode: on\n  for: 10 s\n  grace: 0\n  never: [10.77.0.4]\n  responders: [{ ${responder} }]\nscans: { quiet: 2 s, names: false }\n`,
      );
      const stands = (address: string): Promise<boolean> => way.stands(site, address);
      // The book is asked again and again, and then one packet: packets from there would be more of the scan.
      const once = async (what: string, wanted: boolean, address: string): Promise<void> => {
        const end = Date.now() + 30_000;
        for (;;) {
          const text = (await site.run('blocks')).stdout;
          if (text.includes(`${address}\tdropped`) === wanted) break;
          assert.ok(Date.now() < end, `${what}: ${text}`);
        }
        assert.equal(await stands(address), wanted, what);
      };
      const ok = async (...args: string[]): Promise<string> => {
        const ran = await site.run(...args);
        assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}`);
        return ran.stdout;
      };
      pair.us.spawn('/usr/bin/python3', ['-c', serve, join(temp, 'serves')]);
      await until('the service', () => existsSync(join(temp, 'serves')));
      const first = await startDaemon(site, 'ready-1');

      // A scan that proved its address; a spared one beside it; it ends in its time.
      await pair.them.run('/usr/bin/python3', ['-c', connect, '10.77.0.4']);
      await pair.them.run('/usr/bin/python3', ['-c', connect, '10.77.0.2']);
      await once('the scan is answered', true, '10.77.0.2');
      assert.ok(!(await stands('10.77.0.4')));
      await once('it ends in its time', false, '10.77.0.2');

      // By hand, and undone by hand; a network too where the responder can.
      await ok('block', '10.77.0.3', '--for', '1 h', '-m', 'a test');
      assert.ok(await stands('10.77.0.3'));
      await ok('unblock', '10.77.0.3', '-m', 'a test');
      assert.ok(!(await stands('10.77.0.3')));

      // Killed while two stand: one is over when the next daemon starts, the other one stands again before it is ready.
      await ok('block', '10.77.0.3', '--for', '2 s', '-m', 'short');
      await ok('block', '10.77.0.5', '--for', '1 h', '-m', 'long');
      await stop(first.child, 'SIGKILL');
      await new Promise((done) => setTimeout(done, 2_500));
      const second = await startDaemon(site, 'ready-2');
      assert.deepEqual([await stands('10.77.0.3'), await stands('10.77.0.5')], [false, true]);

      // An orderly stop leaves nothing of ours; the book still knows.
      assert.equal(await stop(second.child), 0);
      assert.equal(await stands('10.77.0.5'), way.stays === true);
      const third = await startDaemon(site, 'ready-3');
      assert.ok(await stands('10.77.0.5'));
      const { blocks } = JSON.parse(await ok('blocks', '--all', '--json')) as {
        blocks: { target: string; rule: string; state: string; times: number; endedWhy: string }[];
      };
      assert.deepEqual(
        blocks
          .map(({ target, rule, state, endedWhy }) => `${target} ${rule} ${state} ${endedWhy}`.trim())
          .filter((line, index, all) => all.indexOf(line) === index)
          .toSorted(),
        [
          '10.77.0.2 port-scan undone expired',
          '10.77.0.3  undone expired',
          '10.77.0.3  undone unblocked by root: a test',
          '10.77.0.5  active',
        ],
      );
      await stop(third.child);
    });
});
