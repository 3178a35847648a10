import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isListenFailure, openServer } from './listen.ts';

async function serve(listen: string, answer: (request: Request) => Response) {
  const server = await openServer(listen, answer);
  if (isListenFailure(server)) throw new Error(server.message);
  server.accept();
  return server;
}

test('who only holds connections open shuts nobody out, and does not end what is being sent', async () => {
  const server = await serve('127.0.0.1:0', ({ url }) =>
    url.endsWith('/events')
      ? new Response(new ReadableStream({ start: (out) => out.enqueue(Buffer.from('one')) }))
      : new Response('page'),
  );
  const port = Number(server.address.split(':')[1]);
  const held: Socket[] = [];
  const stop = new AbortController();
  try {
    const events = await fetch(`http://127.0.0.1:${port}/events`, { signal: stop.signal });
    const reader = events.body?.getReader();
    assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'one');
    for (let made = 0; made < 100; made += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      held.push(socket);
      await once(socket, 'connect');
      socket.write('POST /login HTTP/1.1\r\n');
    }
    const page = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000) });
    assert.equal(await page.text(), 'page');
    const next = await Promise.race([reader?.read(), new Promise((late) => setTimeout(late, 200, 'still open'))]);
    assert.equal(next, 'still open');
    assert.ok(held.filter(({ closed, destroyed }) => closed || destroyed).length >= 37, 'the oldest went');
  } finally {
    stop.abort();
    for (const socket of held) socket.destroy();
    server.close();
  }
});

test('a Unix socket is for its owner and group', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-listen-'));
  const path = join(folder, 'page.sock');
  const server = await serve(`unix:${path}`, () => new Response('page'));
  try {
    assert.equal(statSync(path).mode & 0o777, 0o660);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
