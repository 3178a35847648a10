/** `telltale report abuse ID`: the draft of a letter to the network that an attack came from. It is printed, never sent. */

import { VerbError } from '#model/verbs.ts';
import { abuseDoubt, abuseReport } from '#views/abuse-report.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';

export default defineCommand({
  name: 'report',
  summary: 'letters to others, as drafts: printed, never sent',
  verbs: [
    {
      name: 'abuse',
      operands: '<id>',
      summary: 'to the network that an attack came from, with the evidence',
      notes:
        "Printed, never sent: read it, leave out what is nobody's business, and send it yourself. Whom to write to:\n  whois 203.0.113.9 | grep -i abuse",
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
  terminal.object({ text, doubt });
  terminal.line({ text, doubt });
  if (terminal.format !== 'words') return exit.ok;
  terminal.out(text.trimEnd());
  if (doubt !== '') terminal.err(`\n${doubt}`);
  return exit.ok;
}
