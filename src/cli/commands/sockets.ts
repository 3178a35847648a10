/** `telltale sockets`: the columns of ss -tunapx, netstat -anp and lsof -i, with package, unit and baseline mark. */

import { distinctGaps } from '#model/gap.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { type OpenDesk, openSocketDesk } from '../open-desk.ts';
import { tellGaps } from '../show-text.ts';
import { type SocketFilter, socketFilter } from '../socket-filter.ts';
import { socketLines } from '../socket-lines.ts';
import { watchMs } from '../watch-time.ts';

export default defineCommand({
  name: 'sockets',
  operands: '[filter...]',
  summary: 'who listens and who is connected, marked against the baseline',
  options: [
    ['-t, --tcp', 'TCP'],
    ['-u, --udp', 'UDP'],
    ['-x, --unix', 'Unix sockets'],
    ['-w, --raw', 'raw and packet sockets'],
    ['-l, --listening', 'only what receives (the default; with -a both)'],
    ['-a, --all', 'connections as well'],
    ['-n, --numeric', 'numbers, no names (always so; taken for those used to it)'],
    ['-p, --processes', 'processes (always shown; taken for those used to it)'],
    ['-4, --ipv4', 'IPv4'],
    ['-6, --ipv6', 'IPv6'],
    ['--new', 'only what is not in the baseline'],
    ['--watch [time]', 'again and again, every 2 s or as given ("--watch=5"); q ends it'],
  ],
  notes: [
    'Filters, combined with "and":',
    '  port N        local or remote port, as "port 443"; also ":443"',
    '  user U        name or number        pid N         process',
    '  program P     name or executable    unit U        systemd unit',
    '  package P     Debian package        address A     local or remote address',
    '',
    'Examples:',
    '  telltale sockets -tulpn',
    '  telltale sockets port 4444 user www-data',
    '  telltale sockets -a --jsonl | jq -r .row.exe',
    '',
    'MARK: known (in the baseline), new (not in it), ours (Telltale itself), - (no baseline; connections).',
  ].join('\n'),
  run,
});

async function run(call: Call): Promise<number> {
  const filter = socketFilter(call);
  const everyMs = watchMs(call);
  await using opened = await openSocketDesk(call);
  if (everyMs === undefined) {
    await show(call, opened, filter);
    return exit.ok;
  }
  await (await import('../live-view.ts')).showAgain(call, everyMs, (now) => show(now, opened, filter));
  return exit.ok;
}

async function show(call: Call, { desk, forgetful }: OpenDesk, filter: SocketFilter): Promise<void> {
  const { terminal } = call;
  const listening = await desk.ask('rows', { table: 'sockets' });
  const talking = filter.connections ? await desk.ask('rows', { table: 'sockets', connections: true }) : undefined;
  const answer = {
    ...listening,
    rows: [...listening.rows, ...(talking?.rows ?? [])],
    gaps: distinctGaps([...listening.gaps, ...(talking?.gaps ?? [])]),
  };
  const rows = answer.rows.filter((marked) => filter.matches(marked));
  terminal.object({ by: answer.by, takenMs: answer.takenMs, gaps: answer.gaps, rows });
  for (const marked of rows) terminal.line(marked);
  if (terminal.format !== 'words') return;
  for (const line of socketLines(terminal, rows, { forgetful, nowMs: Date.now() })) terminal.out(line);
  tellGaps(terminal, answer.gaps);
}
