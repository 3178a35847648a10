/** `telltale maintenance`: says beforehand that changes are coming. */

import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { ago, moment } from '#views/time.ts';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonOf, reasonOption, untilOf } from '../quieting.ts';

const defaultMs = 2 * 3_600_000;

const start: Command = {
  name: 'start',
  summary: 'open a window',
  options: [reasonOption, ['--for <time>', 'how long, as "2 h" (the default; at most 24 h)']],
  run: async (call) => {
    const reason = reasonOf(call, 'maintenance start');
    const untilMs = untilOf(call, 'for', Date.now() + defaultMs);
    await using opened = await openDesk(call, 'write');
    const { window } = await opened.desk.ask('maintenance', { act: 'start', untilMs, reason });
    call.terminal.object({ window });
    call.terminal.line({ window });
    if (call.terminal.format === 'words') call.terminal.out(`Maintenance until ${moment(untilMs)}: ${visible(reason)}`);
    return exit.ok;
  },
};

const end: Command = {
  name: 'end',
  summary: 'end it before its time',
  run: async (call) => {
    await using opened = await openDesk(call, 'write');
    await opened.desk.ask('maintenance', { act: 'end', untilMs: 0, reason: '' });
    call.terminal.object({ window: null });
    if (call.terminal.format === 'words') call.terminal.out('The maintenance window is ended.');
    return exit.ok;
  },
};

const show: Command = { name: 'show', summary: 'the window that is open', run: showWindow };

export default defineCommand({
  name: 'maintenance',
  summary: 'a window in which changes are explained: start, end, show',
  notes: [
    'Within the window changes are told as explained by it, disturb nobody, and become normal. What is dangerous in',
    'itself (a second root account, a setuid file in /tmp) or critical stays an alert. The window itself is told.',
    '',
    "  telltale maintenance start --for '2 h' -m 'kernel update, ticket 4411'",
  ].join('\n'),
  verbs: [start, end, show],
});

async function showWindow(call: Call): Promise<number> {
  if (call.args.length > 0) throw new VerbError('USAGE', `Unknown word "${call.args[0] ?? ''}"`);
  await using opened = await openDesk(call, 'read');
  const { window } = await opened.desk.ask('maintenance', { act: 'show', untilMs: 0, reason: '' });
  call.terminal.object({ window: window ?? null });
  if (call.terminal.format !== 'words') return exit.ok;
  if (window === undefined) call.terminal.out('No maintenance window is open.');
  else {
    const { by, reason, fromMs, untilMs } = window;
    const since = ago(fromMs, Date.now());
    call.terminal.out(`Maintenance by ${visible(by)}, since ${since}, until ${moment(untilMs)}: ${visible(reason)}`);
  }
  return exit.ok;
}
