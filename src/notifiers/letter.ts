/** A letter that a person has read and approved, mailed with the settings of a mail channel. */

import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { envelopeOf } from './mail-message.ts';
import type { MailSettings } from './mail-settings.ts';

/** Plain text; `to` is one address. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Resolves when the server, or the local sendmail, has taken it; throws with its words otherwise. */
export async function sendLetter(
  { to, subject, text }: Letter,
  channel: MailSettings,
  { hostName, nowMs, signal }: { readonly hostName: string; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const settings = { ...channel, to };
  const message: MailComposerOptions = {
    ...envelopeOf(settings, hostName),
    subject,
    text,
    date: new Date(nowMs),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'linux',
  };
  if (settings.server === undefined) {
    const { sendByProgram } = await import('./sendmail.ts');
    await sendByProgram(message, settings, signal);
    return;
  }
  const { sendBySmtp } = await import('./smtp.ts');
  await sendBySmtp(message, settings, hostName, signal);
}
