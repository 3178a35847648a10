/** A notice as a mail message: headers that thread it with its incident, text and HTML. */

import { createHash } from 'node:crypto';
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer';
import { visible } from '#lib/escape.ts';
import type { Notice, Words } from '#model/notifier.ts';
import { type MailSettings, recipientsOf } from './mail-settings.ts';

/** What the message needs to know beside the notice. */
export interface MailContext {
  readonly hostName: string;
  readonly settings: MailSettings;
  readonly words: Words;
  readonly nowMs: number;
  /** Told at the top of the text, e.g. that a recipient was refused; "" for nothing. */
  readonly remark: string;
}

/** Ready for nodemailer, which encodes headers and bodies; nothing in it is read from files or addresses. */
export function mailMessage(notice: Notice, context: MailContext): MailComposerOptions {
  const { settings, words, remark } = context;
  const root = messageId(notice.incident.id, context.hostName);
  // Every mail of an incident points to the same first message. Only the one that holds all there is so far may be it:
  // two messages under one id would make some servers drop the second.
  const first = !notice.update && notice.suppressed === undefined && notice.alerts.length === notice.incident.count;
  return {
    ...envelopeOf(settings, context.hostName),
    subject: subjectOf(notice, context),
    messageId: first ? root : messageId(`${notice.incident.id}.${notice.seq}`, context.hostName),
    ...(first ? {} : { inReplyTo: root, references: [root] }),
    date: new Date(context.nowMs),
    text: remark === '' ? words.text(notice) : `${remark}\n\n${words.text(notice)}`,
    html: words.html(notice),
    // RFC 3834: no vacation answers to us.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'linux',
  };
}

/** From whom to whom, in the headers and on the envelope. */
export function envelopeOf(
  settings: MailSettings,
  hostName: string,
): Required<Pick<MailComposerOptions, 'from' | 'to' | 'envelope'>> {
  // A bare "root" is common on one host, but no address (RFC 5321 §2.3.11), and the mailer would leave it out unsaid.
  const whole = (address: string): string => (address.includes('@') ? address : `${address}@${domainOf(hostName)}`);
  const to = recipientsOf(settings).map(whole);
  const from = whole(settings.from ?? 'telltale');
  return { from: { name: 'Telltale', address: from }, to, envelope: { from, to } };
}

/** The administrator's own subject with $HOSTNAME and $SUBJECT filled in, else ours. */
function subjectOf(notice: Notice, { settings, words, hostName }: MailContext): string {
  const ours = words.subject(notice);
  if (settings.subject === undefined) return ours;
  return settings.subject.replace(/\$(?:\{(HOSTNAME|SUBJECT)\}|(HOSTNAME|SUBJECT)\b)/g, (_, braced, bare) =>
    (braced ?? bare) === 'HOSTNAME' ? visible(hostName) : ours,
  );
}

/** RFC 5322 §3.6.4: unique for ever, and the same for the same notice, so that one told twice can be known. */
function messageId(id: string, hostName: string): string {
  const local = /^[A-Za-z0-9.-]{1,100}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
  return `<telltale.${local}@${domainOf(hostName)}>`;
}

/** The host's name where it can stand in an address, else a harmless one. */
function domainOf(hostName: string): string {
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/.test(hostName) ? hostName : 'localhost';
}
