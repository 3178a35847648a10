/** `telltale web`: a link that opens the page once, and how to reach it from elsewhere. */

import { hostname } from 'node:os';
import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { hourMinute } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';

export default defineCommand({
  name: 'web',
  summary: 'a link that opens the page once',
  notes: 'The link works once, within ten minutes; whoever has it is logged in, so do not send it around.',
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'daemon');
  const { web } = await opened.desk.ask('status', {});
  if (web === '') {
    throw new VerbError(
      'NO_DAEMON',
      'The daemon has no page; what it said when it started says why: web.listen is "none", the port was taken, or the page is not built. Mend that and restart it. See: telltale config show',
    );
  }
  const link = await opened.desk.ask('web.link', {});
  const tunnel = tunnelFor(web);
  terminal.object({ ...link, ...(tunnel === undefined ? {} : { ssh: tunnel }) });
  terminal.line(link);
  if (terminal.format !== 'words') return exit.ok;
  terminal.out(visible(link.url));
  if (terminal.width === undefined) return exit.ok;
  terminal.out(`  works once, until ${hourMinute(link.untilMs)}`);
  if (tunnel !== undefined) terminal.out(`From another machine, first: ${tunnel}`);
  return exit.ok;
}

/** The ssh line that brings the page to another machine: loopback pages and Unix sockets are not reachable from there. */
function tunnelFor(web: string): string | undefined {
  const socket = /^unix:(\/.+)$/.exec(web);
  if (socket !== null) return `ssh -L 7777:${socket[1] ?? ''} ${hostname()}`;
  const url = URL.canParse(web) ? new URL(web) : undefined;
  const local =
    url !== undefined && (url.hostname.startsWith('127.') || url.hostname === '[::1]' || url.hostname === 'localhost');
  return local ? `ssh -L ${url.port}:${url.hostname}:${url.port} ${hostname()}` : undefined;
}
