/** `telltale ack ID…`: seen. Ends by itself when the thing is gone or changes. */

import type { Alert } from '#model/finding.ts';
import { type Desk, type QuietResult, VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonOption, tellQuieted } from '../quieting.ts';

export default defineCommand({
  name: 'ack',
  operands: '<id...>',
  summary: 'I have seen it: no more reminders',
  options: [reasonOption, ['-n, --dry-run', 'only show which are meant']],
  notes: 'It ends by itself when the thing is gone or changes.',
  run,
});

async function run(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'change');
  if (call.flag('dry-run')) {
    tellQuieted(call, 'seen', await trial(call, opened.desk));
    return exit.ok;
  }
  const reason = call.text('message') ?? 'seen';
  tellQuieted(call, 'seen', await opened.desk.ask('ack', { ids: [...call.args], reason }));
  return exit.ok;
}

/** What would be acknowledged; an ack quiets nothing else. */
async function trial(call: Call, desk: Desk): Promise<QuietResult> {
  const alerts: Alert[] = [];
  for (const id of new Set(call.args)) {
    const { alert } = await desk.ask('show', { id });
    if (alert.state === 'closed')
      throw new VerbError(
        'CLOSED_ALERT',
        `Cannot acknowledge alert "${id}": it is closed already. Read it: telltale show ${id}`,
      );
    alerts.push(alert);
  }
  return { alerts, alsoQuiets: { count: 0, titles: [] }, dryRun: true };
}
