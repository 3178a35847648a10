/** A real SMTP server (Debian's python3-aiosmtpd) on a free port of loopback, in its own process, with STARTTLS and AUTH. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Reason to skip where the server or openssl is missing, else false. */
export function needsSmtp(): string | false {
  const files = ['/usr/lib/python3/dist-packages/aiosmtpd/__init__.py', '/usr/bin/openssl'];
  return files.every((file) => existsSync(file)) ? false : 'needs python3-aiosmtpd and openssl';
}

/** One message as the server took it. */
export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly tls: boolean;
  readonly login: string;
  /** The message as sent, one character a byte. */
  readonly data: string;
}

export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  /** The next message, in order; waits for it. */
  next(): Promise<Taken>;
}

/** `refuse`: recipients that get 550; `login`: name and password that AUTH must give; `tls`: PEM files. */
export interface SmtpWish {
  readonly tls?: { readonly key: string; readonly certificate: string; readonly implicit?: boolean };
  readonly login?: readonly [name: string, password: string];
  readonly refuse?: readonly string[];
}

const SERVER = `
import asyncio, base64, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

wish = json.loads(sys.argv[1])

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in wish['refuse']:
            return '550 5.1.1 no such user here: ' + address
        envelope.rcpt_tos.append(address)
        return '250 OK'
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None,
            'login': session.auth_data.decode() if session.authenticated else '',
            'data': base64.b64encode(envelope.original_content).decode()}), flush=True)
        return '250 2.0.0 taken'

def check(server, session, envelope, mechanism, data):
    good = [data.login.decode(), data.password.decode()] == wish['login']
    return AuthResult(success=good, handled=good, auth_data=data.login)

async def main():
    context = None
    if wish['certificate']:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(wish['certificate'], wish['key'])
    starttls = context is not None and not wish['implicit']
    def factory():
        return SMTP(Handler(), hostname='lab', tls_context=context if starttls else None, require_starttls=starttls,
            authenticator=check, auth_required=wish['login'] is not None, auth_require_tls=context is not None and starttls,
            enable_SMTPUTF8=True)
    server = await asyncio.get_running_loop().create_server(factory, '127.0.0.1', 0,
        ssl=context if wish['implicit'] else None)
    print(json.dumps({'port': server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()

asyncio.run(main())
`;

/** Starts the server; resolves when it accepts. */
export async function makeSmtp(wish: SmtpWish = {}): Promise<SmtpServer> {
  const asked = {
    refuse: wish.refuse ?? [],
    login: wish.login ?? null,
    certificate: wish.tls?.certificate ?? '',
    key: wish.tls?.key ?? '',
    implicit: wish.tls?.implicit === true,
  };
  const child = spawn('/usr/bin/python3', ['-W', 'ignore', '-c', SERVER, JSON.stringify(asked)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = (JSON.parse(await lineOf(lines, child)) as { port: number }).port;
  return {
    port,
    async next() {
      const taken = JSON.parse(await lineOf(lines, child)) as Taken;
      return { ...taken, data: Buffer.from(taken.data, 'base64').toString('latin1') };
    },
    async [Symbol.asyncDispose]() {
      const gone = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function lineOf(lines: AsyncIterator<string>, child: ChildProcess): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error(`The SMTP server ended with ${child.exitCode}`);
  return value;
}

/** A self-made certificate for "localhost" and 127.0.0.1. */
export async function makeCertificate(folder: string): Promise<{ readonly key: string; readonly certificate: string }> {
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'certificate.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await run('/usr/bin/openssl', ['req', '-x509', ...made, ...subject, '-keyout', key, '-out', certificate]);
  return { key, certificate };
}
