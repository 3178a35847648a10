/**
 * Watches for scans in the network namespace that it is started in: prints a JSON line for each scan that is told, with
 * how long after its first probe, and all rows as they stand when a line comes on standard input. The third argument "log"
 * hears by NFLOG, "traced" by the ring, and by kernel events of processes as a daemon does.
 */

import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { openLiveHost } from '#host/live.ts';
import scanEvents from '#sensors/scan-events.ts';
import scansSensor from '#sensors/scans.ts';

const [quietMs = '3000', sensitivity = 'normal', sense = 'ring'] = process.argv.slice(2);
const host = openLiveHost({
  namespaces: 'own',
  ...(sense !== 'ring' && { tag: randomBytes(6).toString('hex') }),
  scans: {
    filterIsOurs: sense === 'log',
    settings: {
      ignore: [],
      sensitivity: sensitivity as 'normal',
      quietMs: Number(quietMs),
      names: false,
      databases: [],
    },
  },
});
const stop = new AbortController();
const events = sense === 'traced' ? await host.kernelEvents(stop.signal, ['exec', 'exit']) : undefined;
// What they tell is kept in the cache of processes.
void (async () => {
  for await (const batch of events?.batches ?? []) if (batch.length === 0) process.stderr.write('Events were lost\n');
})();
const listening = await scanEvents.listen(host, stop.signal);
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
say({ ready: true, by: listening.by, gaps: listening.gaps });
async function show(): Promise<void> {
  const { rows } = await scansSensor.look(host, stop.signal);
  const { user, system } = process.cpuUsage();
  say({ rows, lost: listening.lost(), cpuMs: (user + system) / 1000, rssKiB: process.memoryUsage().rss / 1024 });
}
// What hears in the kernel is taken out.
async function end(): Promise<never> {
  stop.abort();
  await events?.[Symbol.asyncDispose]();
  process.exit(0);
}
createInterface({ input: process.stdin })
  .on('line', () => void show())
  .on('close', () => void end());
process.once('SIGTERM', () => void end());
for await (const batch of listening.events) {
  for (const { kind, row } of batch) {
    if (kind === 'appeared' && row !== undefined) say({ told: row, nowMs: Date.now() });
  }
}
