/** Hands a message to the local sendmail program (Postfix, Exim, msmtp … all bring one), without a shell. */

import { createTransport } from 'nodemailer';
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { runProgram } from './bounded-program.ts';
import { type MailSettings, recipientsOf } from './mail-settings.ts';

/** Resolves when the program exits with 0; throws with its words. */
export async function sendByProgram(
  message: MailComposerOptions,
  settings: MailSettings,
  signal: AbortSignal,
): Promise<void> {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  const { message: bytes } = await composer.sendMail(message);
  if (!Buffer.isBuffer(bytes)) throw new Error('The mail could not be composed in memory');
  // -i: a line with a single dot does not end the message. "--": no address is taken for an option. The sender is only
  // named when the administrator set one: sendmail warns about everyone else's -f.
  const sender = settings.from === undefined ? [] : ['-f', settings.from];
  await runProgram(
    {
      program: settings.sendmail,
      args: ['-i', ...sender, '--', ...recipientsOf(settings)],
      stdin: bytes,
      timeoutMs: settings.timeout,
    },
    signal,
  );
}
