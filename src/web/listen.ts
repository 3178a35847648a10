/** Binds the page's address, and serves nobody before told so. */

import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type ListenAddress, parseListenAddress } from './address.ts';

/** A bound server. Connections that come before `accept` are closed. */
export interface WebServer {
  /** What was bound, in the form of the setting: "127.0.0.1:7777", with the real port, or "unix:/path". */
  readonly address: string;
  accept(): void;
  close(): void;
}

/** Codes: TAKEN (somebody else listens there), FAILED. */
export interface ListenFailure {
  readonly code: string;
  readonly message: string;
}

/** Narrowing. */
export function isListenFailure(server: WebServer | ListenFailure): server is ListenFailure {
  return 'code' in server;
}

/** Connections at once; for the 65th the oldest goes that nothing is sent on. */
const CONNECTIONS_MAX = 64;
/** Node looks this often for requests that do not get on. */
const CHECK_MS = 5000;

/** Binds `listen`. Someone else there is data, not an exception. */
export async function openServer(
  listen: string,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<WebServer | ListenFailure> {
  const address = parseListenAddress(listen);
  if (address === undefined || address.kind === 'none') {
    return { code: 'BAD-ADDRESS', message: `Cannot listen on "${listen}"` };
  }
  const handle = getRequestListener(answer, { overrideGlobalObjects: false, hostname: 'localhost' });
  const connections = new Map<Socket, ServerResponse | undefined>();
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: CHECK_MS,
    },
    (incoming, outgoing) => {
      connections.set(incoming.socket, outgoing);
      void handle(incoming, outgoing);
    },
  );
  let accepting = false;
  server.on('connection', (socket) => {
    if (!accepting || !makeRoom(connections)) {
      socket.destroy();
      return;
    }
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  if (address.kind === 'unix') await removeStale(address.path);
  const failure = await bind(server, address);
  if (failure !== undefined) return failure;
  return {
    address: boundAddress(server, address),
    accept: () => {
      accepting = true;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bind(
  server: Server,
  address: Exclude<ListenAddress, { kind: 'none' }>,
): Promise<ListenFailure | undefined> {
  const { promise, resolve } = Promise.withResolvers<ListenFailure | undefined>();
  const where = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') resolve({ code: 'TAKEN', message: `Cannot show the page: ${where} is taken` });
    else resolve({ code: 'FAILED', message: `Cannot show the page on ${where}: ${error.message}` });
  });
  server.once('listening', () => resolve(undefined));
  if (address.kind === 'unix') listenPrivately(server, address.path);
  else server.listen({ host: address.host, port: address.port, ipv6Only: false });
  return await promise;
}

/** Only owner and group may connect. By the umask: chmod(2) would follow what somebody put in its place. */
function listenPrivately(server: Server, path: string): void {
  const before = process.umask(0o117);
  try {
    // Node binds before it returns.
    server.listen({ path });
  } finally {
    process.umask(before);
  }
}

/** Who only holds connections open must not shut others out; events that are being sent are of somebody logged in. */
function makeRoom(connections: Map<Socket, ServerResponse | undefined>): boolean {
  if (connections.size < CONNECTIONS_MAX) return true;
  for (const [socket, response] of connections) {
    if (response?.headersSent === true && !response.writableEnded) continue;
    connections.delete(socket);
    socket.destroy();
    return true;
  }
  return false;
}

function boundAddress(server: Server, address: Exclude<ListenAddress, { kind: 'none' }>): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { port } = server.address() as AddressInfo;
  return address.host.includes(':') ? `[${address.host}]:${port}` : `${address.host}:${port}`;
}

/** A socket that nobody listens on any more, left by a killed process, is in the way of bind(2). */
async function removeStale(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.once('connect', () => resolve(true));
  probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  const alive = await promise;
  probe.destroy();
  if (!alive) unlinkSync(path);
}
