import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { calm, complaints, openChannel } from '#test/lab/channel.ts';
import { HOSTILE, hostileAlert, incidentOfTwo, makeAlert, makeIncident, makeNotice } from '#test/lab/notices.ts';
import { makeCertificate, makeSmtp, needsSmtp } from '#test/lab/smtp.ts';
import { makeTemp } from '#test/lab/temp.ts';
import mail from './mail.ts';

const skip = needsSmtp();

/** Headers of a message, unfolded, by lower-case name; the last wins, `all` has every line. */
function headersOf(data: string): { readonly all: readonly string[]; get(name: string): string } {
  const [head = ''] = data.split('\r\n\r\n');
  const all = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  return {
    all,
    get: (name) => all.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2) ?? '',
  };
}

/** The bytes of quoted-printable text, or of a Q word. */
const unquoted = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** RFC 2047: Q and B words, as text. */
function decoded(header: string): string {
  const bytes = header
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([qb])\?(.*?)\?=/gi, (_, kind: string, text: string) =>
      (kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : unquoted(text.replaceAll('_', ' '))).toString(
        'latin1',
      ),
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Bodies by content type, decoded. */
function bodiesOf(data: string): Record<string, string> {
  const boundary = /boundary="([^"]+)"/.exec(data)?.[1] ?? '';
  const bodies: Record<string, string> = {};
  for (const part of data.split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.trimStart().split('\r\n\r\n');
    const type = /content-type: ([a-z/]+)/i.exec(head)?.[1] ?? '';
    const encoding = /content-transfer-encoding: (\S+)/i.exec(head)?.[1]?.toLowerCase();
    const body = rest.join('\r\n\r\n');
    const lines =
      encoding === 'quoted-printable' ? unquoted(body.replaceAll('=\r\n', '')) : Buffer.from(body, 'latin1');
    const bytes = encoding === 'base64' ? Buffer.from(body, 'base64') : lines;
    bodies[type] = bytes.toString('utf8');
  }
  return bodies;
}

const plain = (port: number): object => ({ to: 'root@example.org', server: '127.0.0.1', port, security: 'none' });

test('a mail has a subject, text and HTML, and says that it is automatic', { skip }, async () => {
  await using smtp = await makeSmtp();
  await using channel = await openChannel(mail, { ...plain(smtp.port), to: ['root', 'b@example.org'] });
  await channel.send(makeNotice(), calm);
  const taken = await smtp.next();
  assert.deepEqual(taken.to, ['root@web-03.example.org', 'b@example.org']);
  assert.equal(taken.from, 'telltale@web-03.example.org');
  const headers = headersOf(taken.data);
  assert.equal(decoded(headers.get('subject')), 'web-03 ◆ nc opened port 4444 to every address');
  assert.equal(headers.get('auto-submitted'), 'auto-generated');
  assert.equal(headers.get('from'), 'Telltale <telltale@web-03.example.org>');
  assert.equal(headers.get('date'), 'Sat, 21 Nov 2026 02:14:31 +0000');
  const bodies = bodiesOf(taken.data);
  assert.match(bodies['text/plain'] ?? '', /◆ nc opened port 4444[\s\S]*telltale accept 1c2d3e -m 'reason'/);
  assert.match(bodies['text/html'] ?? '', /<h1[\s\S]*nc opened port 4444 to every address/);
});

test('mails of one incident are threaded: the first is the root, the others point to it', { skip }, async () => {
  await using smtp = await makeSmtp();
  await using channel = await openChannel(mail, plain(smtp.port));
  const [one = makeAlert(), two = makeAlert()] = incidentOfTwo();
  const grown = makeIncident([one, two]);
  await channel.send(makeNotice([one], { seq: 1 }), calm);
  await channel.send(makeNotice([two], { seq: 2, incident: grown }), calm);
  await channel.send(makeNotice([one], { seq: 3, incident: grown, update: true }), calm);
  await channel.send(makeNotice([one], { seq: 3, incident: grown, update: true }), calm);
  const mails = [];
  for (let index = 0; index < 4; index += 1) mails.push(headersOf((await smtp.next()).data));
  const ids = mails.map((headers) => headers.get('message-id'));
  assert.equal(ids[0], `<telltale.${one.incident}@web-03.example.org>`);
  assert.equal(new Set(ids).size, 3, 'the same notice told twice has the same id, others differ');
  assert.equal(ids[2], ids[3]);
  assert.deepEqual(
    mails.map((headers) => [headers.get('in-reply-to'), headers.get('references')]),
    [['', ''], ...Array.from({ length: 3 }, () => [ids[0], ids[0]])],
  );
});

test('hostile text injects no header, no recipient, no end of message and no second mail', { skip }, async () => {
  await using smtp = await makeSmtp();
  await using channel = await openChannel(mail, { ...plain(smtp.port), subject: 'Change on $HOSTNAME: ${SUBJECT}' });
  await channel.send(makeNotice([hostileAlert()]), calm);
  await channel.send(makeNotice([hostileAlert('.\r\nRSET\r\nMAIL FROM:<evil@example.org>\r\n')]), calm);
  for (let index = 0; index < 2; index += 1) {
    const { data, to, from } = await smtp.next();
    assert.deepEqual([from, to], ['telltale@web-03.example.org', ['root@example.org']]);
    const headers = headersOf(data);
    const names = headers.all
      .map((line) => line.split(':')[0]?.toLowerCase() ?? '')
      .toSorted((a, b) => (a < b ? -1 : 1));
    assert.deepEqual(names, [
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    assert.match(decoded(headers.get('subject')), /^Change on web-03\.example\.org: web-03 /);
    assert.doesNotMatch(decoded(headers.get('subject')), /[\p{Cc}]/u);
    const { 'text/plain': text = '', 'text/html': page = '' } = bodiesOf(data);
    for (const body of [text, page]) assert.doesNotMatch(body.replaceAll(/\r?\n/g, ''), /[\p{Cc}\u202e\u200b\ud800]/u);
    assert.doesNotMatch(page, /<script/i);
  }
});

test('STARTTLS with a proven certificate and AUTH from a file of its own', { skip }, async () => {
  await using dir = await makeTemp();
  const tls = await makeCertificate(dir.path);
  const passwordFile = join(dir.path, 'password');
  writeFileSync(passwordFile, 'correct horse\n', { mode: 0o600 });
  await using smtp = await makeSmtp({ tls, login: ['watch', 'correct horse'] });
  const settings = { to: 'root@example.org', server: 'localhost', port: smtp.port, user: 'watch', passwordFile };
  {
    await using channel = await openChannel(mail, { ...settings, caFile: tls.certificate });
    await channel.send(makeNotice(), calm);
    const taken = await smtp.next();
    assert.deepEqual([taken.tls, taken.login], [true, 'watch']);
  }
  {
    await using channel = await openChannel(mail, settings);
    await assert.rejects(channel.send(makeNotice(), calm), /self.signed certificate; .*"caFile"/i);
  }
  await using lost = await openChannel(mail, { ...settings, caFile: '/nonexistent.pem' });
  await assert.rejects(lost.send(makeNotice(), calm), /Cannot read "caFile" \/nonexistent\.pem: no such file/);
  writeFileSync(passwordFile, 'wrong pony\n');
  await using channel = await openChannel(mail, { ...settings, caFile: tls.certificate });
  await assert.rejects(channel.send(makeNotice(), calm), (error: Error) => {
    assert.match(error.message, /Cannot mail through localhost port \d+: Invalid login: 535 /);
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /pony/);
    return true;
  });
  chmodSync(passwordFile, 0o644);
  await assert.rejects(channel.send(makeNotice(), calm), /others may read it\. Run: chmod 600 /);
});

test('TLS from the first byte', { skip }, async () => {
  await using dir = await makeTemp();
  const tls = await makeCertificate(dir.path);
  await using smtp = await makeSmtp({ tls: { ...tls, implicit: true } });
  const settings = { to: 'root@example.org', server: 'localhost', port: smtp.port, security: 'tls' };
  await using channel = await openChannel(mail, { ...settings, caFile: tls.certificate });
  await channel.send(makeNotice(), calm);
  assert.match((await smtp.next()).data, /nc opened port 4444/);
  await using unproven = await openChannel(mail, settings);
  await assert.rejects(unproven.send(makeNotice(), calm), /self.signed certificate/i);
});

test('a server that does not offer STARTTLS gets nothing', { skip }, async () => {
  await using smtp = await makeSmtp();
  await using channel = await openChannel(mail, { to: 'root@example.org', server: '127.0.0.1', port: smtp.port });
  await assert.rejects(channel.send(makeNotice(), calm), /STARTTLS/i);
});

test("the server's words are in the error; one refused recipient is told in the next mail to the others", {
  skip,
}, async () => {
  await using smtp = await makeSmtp({ refuse: ['gone@example.org'] });
  await using nobody = await openChannel(mail, { ...plain(smtp.port), to: 'gone@example.org' });
  await assert.rejects(nobody.send(makeNotice(), calm), /550 5\.1\.1 no such user here: gone@example\.org/);
  await using some = await openChannel(mail, { ...plain(smtp.port), to: ['gone@example.org', 'root@example.org'] });
  await some.send(makeNotice(), calm);
  assert.deepEqual((await smtp.next()).to, ['root@example.org']);
  await some.send(makeNotice(), calm);
  assert.match(
    bodiesOf((await smtp.next()).data)['text/plain'] ?? '',
    /^The server refused some recipients of the last message: .*gone@example\.org/,
  );
});

/** A server that takes connections and never says a word. */
async function silentServer(): Promise<{ server: Server; port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

test('a silent server is given up after the time-out, or at once when the watch stops, and the connection is closed', async () => {
  const { server, port, sockets } = await silentServer();
  try {
    await using channel = await openChannel(mail, { ...plain(port), timeout: '1 s' });
    await assert.rejects(channel.send(makeNotice(), calm), /no end after 1000 ms|[Tt]imeout/);
    const stop = new AbortController();
    const startedMs = performance.now();
    await using patient = await openChannel(mail, { ...plain(port), timeout: '5 min' });
    setTimeout(() => stop.abort(), 100);
    await assert.rejects(patient.send(makeNotice(), stop.signal), /Cannot mail through 127\.0\.0\.1/);
    assert.ok(performance.now() - startedMs < 10_000);
    for (const socket of sockets) await once(socket, 'close');
    assert.equal(sockets.size, 0);
  } finally {
    server.close();
  }
  await using channel = await openChannel(mail, { ...plain(port), timeout: '1 s' });
  await assert.rejects(channel.send(makeNotice(), calm), /nothing accepts connections there \(ECONNREFUSED\)/);
});

test('without a server the local sendmail is run, without a shell, and its words are told', async () => {
  await using dir = await makeTemp();
  const out = join(dir.path, 'out');
  const sendmail = join(dir.path, 'sendmail');
  writeFileSync(sendmail, `#!/bin/sh\nprintf '%s\\n' "$@" > '${out}.args'\ncat > '${out}'\n`, { mode: 0o755 });
  const settings = { to: ['root', 'b@example.org'], sendmail };
  {
    await using channel = await openChannel(mail, settings);
    await channel.send(makeNotice([hostileAlert()]), calm);
    assert.equal(readFileSync(`${out}.args`, 'utf8'), '-i\n--\nroot\nb@example.org\n');
    const message = readFileSync(out, 'utf8');
    assert.equal(message.includes('\r'), false, 'sendmail wants bare newlines');
    assert.match(message, /^To: root@web-03\.example\.org, b@example\.org$/m);
    assert.doesNotMatch(message.slice(0, message.indexOf('\n\n')), /^Bcc/im);
  }
  {
    await using channel = await openChannel(mail, { ...settings, from: 'watch@example.org' });
    await channel.send(makeNotice(), calm);
    assert.match(readFileSync(`${out}.args`, 'utf8'), /^-i\n-f\nwatch@example\.org\n--\n/);
  }
  writeFileSync(sendmail, '#!/bin/sh\ncat > /dev/null\necho "mail queue is full" >&2\nexit 75\n');
  await using channel = await openChannel(mail, settings);
  await assert.rejects(channel.send(makeNotice(), calm), /exited with 75; it said: mail queue is full/);
  await using absent = await openChannel(mail, { ...settings, sendmail: join(dir.path, 'absent') });
  await assert.rejects(absent.send(makeNotice(), calm), /Cannot run ".*absent": ENOENT/);
});

test('settings that would leak a password, inject an option or name nobody are refused', () => {
  const ok = { to: 'root@example.org', server: 'mail.example.org', user: 'u', passwordFile: '/etc/telltale/p' };
  assert.deepEqual(complaints(mail, ok), []);
  assert.deepEqual(complaints(mail, { to: 'root' }), []);
  assert.match(complaints(mail, { ...ok, security: 'none' }).join(), /not sent without encryption/);
  assert.deepEqual(complaints(mail, { ...ok, security: 'none', server: '127.0.0.1' }), []);
  for (const bad of [
    {},
    { to: [] },
    { to: '-oQ/tmp' },
    { to: 'a@b, c@d' },
    { to: `x${HOSTILE}` },
    { to: 'root', user: 'u' },
    { to: 'root', port: 25 },
    { ...ok, passwordFile: 'relative' },
    { ...ok, server: 'mail.example.org:25/x' },
    { ...ok, port: 70_000 },
    { ...ok, password: 'in the settings' },
  ]) {
    assert.notDeepEqual(complaints(mail, bad), [], JSON.stringify(bad));
  }
});
