/** Hands a message to an SMTP server, within a time-out, and says what the server said. */

import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { createTransport } from 'nodemailer';
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';
import { errnoWords } from '#lib/errno-words.ts';
import { shorten, visible } from '#lib/escape.ts';
import type { MailSettings } from './mail-settings.ts';
import { readSecret } from './secret-file.ts';
import { refusalWords } from './smtp-words.ts';

const PORTS = { starttls: 587, tls: 465, none: 25 } as const;

/** Recipients that the server refused while it took the message for others, with its words. */
export type Refused = readonly string[];

/** Resolves when the server has taken the message for at least one recipient; throws with the server's words otherwise. */
export async function sendBySmtp(
  message: MailComposerOptions,
  settings: MailSettings,
  hostName: string,
  signal: AbortSignal,
): Promise<Refused> {
  const server = settings.server ?? '';
  const port = settings.port ?? PORTS[settings.security];
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(settings.timeout)]);
  const refusal = (error: unknown): Error => {
    const why =
      bounded.aborted && !signal.aborted ? `no end after ${settings.timeout} ms` : refusalWords(error as Error);
    return new Error(`Cannot mail through ${server} port ${port}: ${why}`, { cause: error });
  };
  const secrets = secretsOf(settings);
  const connection = await openSocket(server, port, bounded).catch((error: unknown) => {
    throw refusal(error);
  });
  const options: SMTPTransportOptions = {
    host: server,
    port,
    name: hostName,
    secure: settings.security === 'tls',
    // A server that does not offer STARTTLS, or a man in the middle who hides it, gets nothing.
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    ...secrets,
    greetingTimeout: settings.timeout,
    socketTimeout: settings.timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => callback(null, { connection }),
  };
  const transport = createTransport(options);
  try {
    const info = await transport.sendMail(message);
    return (info.rejectedErrors ?? []).map((error) => shorten(visible(error.message), 300));
  } catch (error) {
    throw refusal(error);
  } finally {
    transport.close();
    connection.destroy();
  }
}

/** What must be proven to us, and what proves us to the server; read anew for each message, so that both may change. */
function secretsOf(settings: MailSettings): { tls: ConnectionOptions; auth?: { user: string; pass: string } } {
  const { server = '', caFile, user, passwordFile } = settings;
  return {
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(isIP(server) === 0 ? { servername: server } : {}),
      ...(caFile === undefined ? {} : { ca: readAuthority(caFile) }),
    },
    ...(user === undefined || passwordFile === undefined ? {} : { auth: { user, pass: readSecret(passwordFile) } }),
  };
}

function readAuthority(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`Cannot read "caFile" ${visible(file)}: ${errnoWords(code)}`, { cause: error });
  }
}

/** A connection of our own, so that it ends with the signal whatever state SMTP is in. */
function openSocket(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const stop = (): void => {
      socket.destroy(new Error('stopped'));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', stop));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
