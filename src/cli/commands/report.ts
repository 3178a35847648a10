/** `telltale report abuse ID`: a letter to the network that an attack came from: a draft, mailed only after somebody's yes. */

import { hostname } from 'node:os';
import { harmless, shorten } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import type { Letter, MailSettings } from '#notifiers/index.ts';
import { abuseDoubt, abuseReport } from '#views/abuse-report.ts';
import { type Call, defineCommand } from '../command.ts';
import { confirmed } from '../confirmed.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { settingsFor } from '../settings.ts';

const PATIENCE_MS = 60_000;
/** One address, and nothing that a mailer could take for more than one, or for an option. */
const ADDRESS = /^[A-Za-z0-9_][A-Za-z0-9._%+-]{0,62}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;

export default defineCommand({
  name: 'report',
  summary: 'letters to others, as drafts: mailed only with your yes',
  verbs: [
    {
      name: 'abuse',
      operands: '<id>',
      summary: 'to the network that an attack came from, with the evidence',
      options: [
        ['--send-to <address>', 'mail it there through the mail channel of the settings, after you said yes'],
        ['-y, --yes', 'do not ask'],
      ],
      notes: [
        "Without --send-to it is only printed: read it, leave out what is nobody's business, and send it yourself. Whom to",
        'write to: whois 203.0.113.9 | grep -i abuse',
      ].join('\n'),
      run: abuse,
    },
  ],
});

async function abuse(call: Call): Promise<number> {
  const { terminal } = call;
  const [id = ''] = call.args;
  await using opened = await openDesk(call, 'read');
  const { alert } = await opened.desk.ask('show', { id });
  const text = abuseReport(alert, { nowMs: Date.now() });
  if (text === undefined)
    throw new VerbError(
      'DATA',
      `Cannot write about "${id}": it names no address that it came from. See: telltale show ${id}`,
    );
  const doubt = abuseDoubt(alert);
  if (terminal.format === 'words') {
    terminal.out(text.trimEnd());
    if (doubt !== '') terminal.err(`\n${doubt}`);
  }
  const to = call.text('send-to');
  const subject = `Abuse from ${alert.finding.source?.ip ?? ''}`;
  const sentTo = to === undefined ? '' : await sendApproved(call, { to, subject, text });
  terminal.object({ text, doubt, sentTo });
  terminal.line({ text, doubt, sentTo });
  return exit.ok;
}

/** The address that it went to; "" when somebody said no. */
async function sendApproved(call: Call, letter: Letter): Promise<string> {
  const approved = await isApproved(call, letter.to);
  if (approved) await mail(call, letter);
  if (call.terminal.format === 'words')
    call.terminal.err(approved ? `\nSent to ${harmless(letter.to)}.` : '\nNothing was sent.');
  return approved ? letter.to : '';
}

/** Never without a word of the person who reads it: what is written here is about somebody else. */
async function isApproved(call: Call, to: string): Promise<boolean> {
  if (!ADDRESS.test(to))
    throw new VerbError('USAGE', `Cannot mail to "${to}": that is no address. Write it as abuse@example.net`);
  if (call.flag('yes')) return true;
  if (!call.terminal.tty || !process.stdin.isTTY || call.terminal.format !== 'words')
    throw new VerbError('USAGE', `Nobody is there to approve the letter to "${to}". Read it first, then add --yes`);
  return await confirmed(`\nMail this to ${harmless(to)}? [y/N] `);
}

async function mail(call: Call, letter: Letter): Promise<void> {
  const { channelsOf } = await import('../local-desk.ts');
  const channels = await channelsOf(await settingsFor(call.where, call.terminal));
  const channel = channels.find(({ settings }) => settings.type === 'mail');
  if (channel === undefined)
    throw new VerbError('CONFIG', 'Cannot mail the letter: there is no mail channel. Add one under "notifiers" first');
  const { sendLetter } = await import('#notifiers/index.ts');
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    await sendLetter(letter, channel.settings.own as MailSettings, { hostName: hostname(), nowMs: Date.now(), signal });
  } catch (error) {
    const why = shorten(harmless(error instanceof Error ? error.message : String(error)), 400);
    const next = `telltale notify test ${channel.settings.name}`;
    throw new VerbError('NOT_SENT', `Cannot mail the letter to "${letter.to}": ${why}. Next: ${next}`, {
      cause: error,
    });
  }
}
