/** One message an incident, updates threaded under it. See docs/notifiers/mail.md. */

import { type ChannelContext, defineNotifier, type Notice } from '#model/notifier.ts';
import { mailMessage } from './mail-message.ts';
import { type MailSettings, mailSettings } from './mail-settings.ts';

/** Between the time-out of a delivery and its certain end. */
const ENDING_MS = 5_000;

export default defineNotifier({
  name: 'mail',
  doc: 'Mails incidents as text and HTML, through an SMTP server or the local sendmail.',
  kind: 'incidents',
  settings: mailSettings,
  secrets: [],
  async open(context) {
    let remark = '';
    return {
      patienceMs: context.settings.timeout + ENDING_MS,
      async send(notice, signal) {
        remark = await sendMail(notice, context, remark, signal);
      },
      async [Symbol.asyncDispose]() {},
    };
  },
});

/** Sends; returns what the next mail has to say about this one. The mailer is loaded with the first mail, not before. */
async function sendMail(
  notice: Notice,
  context: ChannelContext<MailSettings>,
  remark: string,
  signal: AbortSignal,
): Promise<string> {
  const { host, settings, words } = context;
  const message = mailMessage(notice, { hostName: host.name, settings, words, nowMs: host.clock.nowMs(), remark });
  if (settings.server === undefined) {
    const { sendByProgram } = await import('./sendmail.ts');
    await sendByProgram(message, settings, signal);
    return '';
  }
  const { sendBySmtp } = await import('./smtp.ts');
  const refused = await sendBySmtp(message, settings, host.name, signal);
  // The others have it: telling all again would only repeat it to them.
  return refused.length === 0 ? '' : `The server refused some recipients of the last message: ${refused.join('; ')}`;
}
