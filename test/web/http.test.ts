/** The web process over HTTP, as an attacker or a script meets it. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { isNoWeb, launchWeb } from '#web/launch.ts';
import { openWebRig, until, type WebRig } from './rig.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Ask {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly socketPath?: string;
}

let rig: WebRig;
before(async () => {
  rig = await openWebRig();
});
after(async () => {
  await rig[Symbol.asyncDispose]();
});

async function ask({ path, method = 'GET', headers = {}, body, socketPath }: Ask): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const url = new URL(path, socketPath === undefined ? rig.web.address : 'http://localhost');
  const sent = request(url, { method, headers, ...(socketPath === undefined ? {} : { socketPath }) }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
    );
  });
  sent.on('error', reject);
  sent.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  return await promise;
}

const json = { 'content-type': 'application/json', 'x-telltale': 'none' };

async function logIn(
  headers: Record<string, string> = {},
): Promise<{ headers: Record<string, string>; cookie: string }> {
  const token = (await rig.link()).split('#k=')[1];
  const answer = await ask({
    path: '/api/login/link',
    method: 'POST',
    headers: { ...json, ...headers },
    body: { token },
  });
  assert.equal(answer.status, 200, answer.body);
  const cookie = answer.headers['set-cookie']?.[0] ?? '';
  const { key } = JSON.parse(answer.body) as { key: string };
  return { cookie, headers: { ...json, 'x-telltale': key, cookie: cookie.split(';')[0] ?? '' } };
}

test('in a clone the page names what can be typed there, and its folder only to who is logged in', async () => {
  assert.match((await ask({ path: '/' })).body, /<meta name="telltale-command" content="telltale" ?\/?>/);
  await rig[Symbol.asyncDispose]();
  rig = await openWebRig({ command: '/opt/src/telltale/bin/telltale' });
  const page = await ask({ path: '/' });
  assert.match(page.body, /<meta name="telltale-command" content="bin\/telltale" ?\/?>/);
  assert.doesNotMatch(page.body, /opt/);
  const { headers } = await logIn();
  const overview = await ask({ path: '/api/overview', headers });
  assert.equal((JSON.parse(overview.body) as { command: string }).command, '/opt/src/telltale/bin/telltale');
});

test('the page comes with a policy that allows nothing but its own files', async () => {
  const page = await ask({ path: '/' });
  assert.equal(page.status, 200);
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*|data:|http/);
  assert.equal(page.headers['x-frame-options'], 'DENY');
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  assert.doesNotMatch(page.body, /<script(?![^>]* src=)|<style| on\w+=| style=/, 'nothing inline');
  const [, script = ''] = /src="\.(\/assets\/[^"]+\.js)"/.exec(page.body) ?? [];
  const file = await ask({ path: script });
  assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal((await ask({ path: script, headers: { 'if-none-match': String(file.headers.etag) } })).status, 304);
  for (const path of ['/digest.txt', '/assets/', '/../child.ts', '/%2e%2e/child.ts', '/index.html/x']) {
    assert.equal((await ask({ path })).status, 404, path);
  }
});

test('a name that is not ours is refused: DNS rebinding', async () => {
  const { headers } = await logIn();
  for (const path of ['/', '/api/overview']) {
    const refused = await ask({ path, headers: { ...headers, host: 'evil.example:7777' } });
    assert.equal(refused.status, 421);
    assert.doesNotMatch(refused.body, /nc opened/);
  }
  assert.equal((await ask({ path: '/api/overview', headers: { ...headers, host: 'localhost:9' } })).status, 200);
});

test('without a login nothing is answered', async () => {
  for (const path of [
    '/api/overview',
    '/api/sockets',
    '/api/alert/x',
    '/api/quiets',
    '/api/events',
    '/api/scans',
    '/api/blocks',
    '/api/blocks/never',
    '/api/blocks/try',
  ]) {
    const refused = await ask({ path, headers: json });
    assert.equal(refused.status, 401, path);
    assert.match(refused.body, /Type: telltale web/);
  }
  for (const path of ['/api/accept', '/api/password', '/api/logout']) {
    assert.equal((await ask({ path, method: 'POST', headers: json, body: {} })).status, 401, path);
  }
});

test('a session needs its cookie and its key, and no other site can use it', async () => {
  const { headers, cookie } = await logIn();
  assert.match(cookie, /^telltale-\w+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.match((await logIn({ 'x-forwarded-proto': 'https' })).cookie, /; Secure/);
  const status = async (changes: Record<string, string>): Promise<number> =>
    (await ask({ path: '/api/overview', headers: { ...headers, ...changes } })).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ cookie: '' }), 401);
  assert.equal(await status({ 'x-telltale': 'none' }), 401);
  assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403);
  assert.equal(await status({ origin: 'http://127.0.0.1:1' }), 403);
  const { 'x-telltale': _key, ...bare } = headers;
  assert.equal((await ask({ path: '/api/overview', headers: bare })).status, 403);
  assert.equal((await ask({ path: '/api/logout', method: 'POST', headers, body: {} })).status, 200);
  assert.equal(await status({}), 401);
});

test('bodies are bounded and must be JSON', async () => {
  const { headers } = await logIn();
  const post = async (body: unknown, more: Record<string, string> = {}): Promise<Answer> =>
    await ask({ path: '/api/ack', method: 'POST', headers: { ...headers, ...more }, body });
  assert.equal((await post({ ids: ['a'], reason: 'x'.repeat(20_000) })).status, 413);
  assert.equal((await post('{')).status, 400);
  assert.equal((await post({ ids: ['a'], reason: 'x' }, { 'content-type': 'text/plain' })).status, 400);
  assert.equal((await post({ ids: 'a', reason: 'x' })).status, 400);
  assert.equal(
    (await ask({ path: '/api/baseline.delete', method: 'POST', headers, body: { reason: 'x' } })).status,
    404,
  );
});

test('what fails inside is told in general words only', async () => {
  const { headers } = await logIn();
  rig.fake.failing = true;
  try {
    const answer = await ask({ path: '/api/quiets', headers });
    assert.equal(answer.status, 409);
    assert.doesNotMatch(answer.body, /fire/);
    assert.match(answer.body, /journalctl/);
  } finally {
    rig.fake.failing = false;
  }
});

test('hostile names come as visible text', async () => {
  const { headers } = await logIn();
  const risky = /\\u001b|\\u202e|\p{Cc}|\p{Cf}/iu;
  for (const path of [
    '/api/overview',
    '/api/sockets',
    '/api/scans?hours=24',
    '/api/blocks',
    `/api/alert/${rig.fake.changes[0]?.alerts[0]?.id}`,
  ]) {
    const { body } = await ask({ path, headers });
    assert.doesNotMatch(body, risky, path);
  }
});

test('blocks: a session, JSON and its shape are needed; times go as durations; refusals come in the words of the desk', async () => {
  const { headers } = await logIn();
  const post = async (path: string, body: unknown, more: Record<string, string> = {}): Promise<Answer> =>
    await ask({ path: `/api/${path}`, method: 'POST', headers: { ...headers, ...more }, body });
  const sound = { target: '198.51.100.77', reason: 'guesses passwords', forMs: 3_600_000 };
  const { forMs: _forMs, ...untimed } = sound;
  for (const [path, body] of [
    ['block', sound],
    ['unblock', untimed],
    ['allow', { ...sound, end: false }],
  ] as const) {
    assert.equal((await post(path, body, { cookie: '' })).status, 401, path);
    assert.equal((await post(path, body, { 'x-telltale': 'none' })).status, 401, path);
    assert.equal((await post(path, body, { 'sec-fetch-site': 'cross-site' })).status, 403, path);
    assert.equal((await post(path, body, { 'content-type': 'text/plain' })).status, 400, path);
    assert.equal((await post(path, { ...body, insist: true })).status, 400, path);
  }
  assert.equal(rig.fake.asked.filter(({ verb }) => verb === 'block').length, 0);
  assert.equal((await post('block', { ...sound, forMs: -1 })).status, 400);
  assert.equal((await post('block', { ...sound, reason: ' ' })).status, 400);
  const done = await post('block', sound);
  assert.equal(done.status, 200, done.body);
  assert.match(done.body, /198\.51\.100\.77 is blocked until \d+ \w+ \d{4}/);
  const asked = rig.fake.asked.findLast(({ verb }) => verb === 'block')?.args as { untilMs: number; insist: boolean };
  assert.equal(asked.insist, false);
  assert.ok(Math.abs(asked.untilMs - Date.now() - 3_600_000) < 60_000);
  const refused = await post('block', { ...sound, target: '198.51.100.2' });
  assert.equal(refused.status, 409);
  assert.match(refused.body, /marta is logged in from there over SSH/);
  assert.match((await post('block', { ...sound, target: '10.0.0.7/8' })).body, /is an address inside of a network/);
  assert.equal((await post('block', { ...sound, target: 'x'.repeat(101) })).status, 400);
  assert.match((await post('unblock', { target: '198.51.100.77', reason: 'a slip' })).body, /no longer blocked/);
  assert.equal((await ask({ path: '/api/block', headers })).status, 404);
});

test('events are streamed with ids, and what was missed is told again', async () => {
  const { headers } = await logIn();
  const stream = async (lastId: string, wanted: number): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const sent = request(new URL('/api/events', rig.web.address), {
      headers: { ...headers, ...(lastId === '' ? {} : { 'last-event-id': lastId }) },
    });
    let text = '';
    sent.on('error', reject);
    sent.on('response', (response) => {
      assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
      response.on('data', (part: Buffer) => {
        text += part.toString();
        if (text.split('\ndata:').length > wanted) {
          resolve(text);
          sent.destroy();
        } else if (lastId === '')
          rig.fake.push({ type: 'look', table: 'sockets', nowMs: text.split('\ndata:').length });
      });
    });
    sent.end();
    return await promise;
  };
  const text = await stream('', 3);
  const [first = ''] = /^id: \d+$/m.exec(text) ?? [];
  const again = await stream(first.slice(4), 2);
  assert.ok(again.includes(`id: ${Number(first.slice(4)) + 1}\nevent: look`), again);
});

test('the process holds nothing of root', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  const status = readFileSync(`/proc/${rig.web.pid()}/status`, 'utf8');
  assert.match(status, /^Uid:\t([1-9]\d*)\t\1\t\1\t\1$/m);
  assert.match(status, /^Gid:\t([1-9]\d*)\t\1\t\1\t\1$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  assert.match(status, /^CapPrm:\t0+$/m);
  assert.match(status, /^CapInh:\t0+$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m, 'no setuid program makes it root');
  assert.doesNotMatch(status, /^Groups:.*\b0\b/m);
  const environ = readFileSync(`/proc/${rig.web.pid()}/environ`, 'utf8');
  assert.doesNotMatch(environ, /HOME=|PATH=/, 'nothing of the environment of the daemon');
});

test('a web process that dies is started again on its port, and nobody is logged out', async () => {
  const { headers } = await logIn();
  const pid = rig.web.pid();
  assert.ok(rig.own.has(pid));
  process.kill(pid, 'SIGKILL');
  await until('another process', () => rig.web.pid() !== 0 && rig.web.pid() !== pid);
  await until('an answer', async () => {
    try {
      return (await ask({ path: '/api/overview', headers })).status === 200;
    } catch {
      return false;
    }
  });
  assert.ok(rig.log.some((line) => line.includes('SIGKILL')));
  assert.deepEqual([...rig.own], [rig.web.pid()]);
});

test('a port that is taken, a page that is not built and a bad address are plain results', async () => {
  const server = createServer().listen(0, '127.0.0.1').unref();
  await until('listening', () => server.listening);
  const { port } = server.address() as { port: number };
  const parts = {
    clock: { monotonicMs: () => performance.now() },
    hostName: 'x',
    command: 'telltale',
    deskFor: () => rig.fake.desk,
    follow: rig.fake.follow.bind(rig.fake),
    log: () => undefined,
    own: new Set<number>(),
  };
  const codeOf = async (listen: string, pageDir?: string): Promise<string> => {
    const web = await launchWeb({ ...parts, listen, ...(pageDir === undefined ? {} : { pageDir }) });
    if (isNoWeb(web)) return web.code;
    await web[Symbol.asyncDispose]();
    return 'started';
  };
  assert.equal(await codeOf(`127.0.0.1:${port}`), 'TAKEN');
  assert.equal(await codeOf('127.0.0.1:0', '/nonexistent'), 'NO-PAGE');
  assert.equal(await codeOf('nonsense'), 'BAD-ADDRESS');
  assert.deepEqual([...parts.own], []);
  server.close();
});

test('it listens on a Unix socket, clears one that a killed process left, and removes its own', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'web.sock');
  for (let round = 0; round < 2; round += 1) {
    await using second = await openWebRig({ listen: `unix:${path}` });
    assert.equal(statSync(path).mode & 0o777, 0o660);
    assert.equal((await ask({ path: '/', socketPath: path })).status, 200);
    assert.equal(second.web.address, `unix:${path}`);
    // The second process finds the socket of the first one in its way.
    const pid = second.web.pid();
    process.kill(pid, 'SIGKILL');
    await until('another process', () => second.web.pid() !== 0 && second.web.pid() !== pid);
    await until('an answer', async () => {
      try {
        return (await ask({ path: '/', socketPath: path })).status === 200;
      } catch {
        return false;
      }
    });
  }
  assert.equal(existsSync(path), false);
});
