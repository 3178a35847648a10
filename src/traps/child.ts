/**
 * The process of the traps: binds its ports, gives up root, and only then accepts anybody. It holds no file but its
 * sockets, reads nothing of what is sent to it, and ends with the daemon (when its standard input closes).
 */

import { createServer, type Server } from 'node:net';
import { dropPrivileges } from '#lib/drop-privileges.ts';
import type { TrapSettings } from '#model/traps.ts';
import { Holder } from './holder.ts';
import type { TrapsReady } from './launch.ts';

const TICK_MS = 1_000;

await run(JSON.parse(process.argv[2] ?? '{}') as TrapSettings);

async function run(settings: TrapSettings): Promise<void> {
  process.stdin.on('close', () => process.exit(0)).resume();
  const holder = new Holder(settings);
  const servers: { readonly port: number; readonly server: Server }[] = [];
  const refused: { readonly port: number; readonly why: string }[] = [];
  for (const port of settings.ports) {
    const server = await bind(port);
    if ('why' in server) refused.push({ port, why: server.why });
    else servers.push({ port, server });
  }
  const { user, dropped } = dropPrivileges();
  for (const { server } of servers)
    server.on('connection', (socket) => holder.take(socket, performance.now())).on('error', () => process.exit(1));
  setInterval(() => holder.tick(performance.now()), TICK_MS);
  const ready: TrapsReady = { bound: servers.map(({ port }) => port), refused, user, dropped };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** On every address of both families: a service on any of them makes this fail, which is what protects it. */
async function bind(port: number): Promise<Server | { readonly why: string }> {
  const both = await listen(port, '::');
  // Without IPv6 there is no such address.
  return 'why' in both && (both.why === 'EAFNOSUPPORT' || both.why === 'EADDRNOTAVAIL')
    ? await listen(port, '0.0.0.0')
    : both;
}

async function listen(port: number, host: string): Promise<Server | { readonly why: string }> {
  const { promise, resolve } = Promise.withResolvers<Server | { readonly why: string }>();
  const server = createServer({ pauseOnConnect: true });
  server.once('error', (error: NodeJS.ErrnoException) => resolve({ why: error.code ?? error.message }));
  server.listen({ port, host, backlog: 64 }, () => resolve(server));
  return await promise;
}
