/** `telltale allow ADDR`: it is not blocked, whatever it does, until an end or for good. */

import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { untilOf } from '../quieting.ts';
import { reasonFor } from './block.ts';

export default defineCommand({
  name: 'allow',
  operands: '<address>',
  summary: 'never block an address or network, until a time or for good',
  options: [
    ['--for <time>', 'how long, as "2 h" or "3 days" (default: for good)'],
    ['-m, --message <reason>', 'why, for the record'],
    ['--end', 'it is no longer allowed'],
  ],
  notes:
    "What is blocked in it is let in again. Who is allowed: telltale blocks --never\n\nExample:\n  telltale allow 192.0.2.0/28 --for '8 h' -m 'our scan'",
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal, args } = call;
  const [target = ''] = args;
  const end = call.flag('end');
  const reason = end ? (call.text('message') ?? 'ended') : reasonFor(call, `telltale allow ${target} -m 'reason'`);
  await using opened = await openDesk(call, 'write');
  const done = await opened.desk.ask('allow', { target, untilMs: untilOf(call, 'for', 0), reason, end });
  terminal.object(done);
  for (const allowed of done.allowed) terminal.line({ allowed });
  if (terminal.format !== 'words') return exit.ok;
  for (const { prefix, untilMs } of done.allowed)
    terminal.out(
      end
        ? `${prefix} is no longer allowed.`
        : `${prefix} is never blocked${untilMs === 0 ? '' : ` until ${moment(untilMs)}`}.`,
    );
  for (const block of done.ended) terminal.out(`The block of ${block.target} has ended.`);
  for (const wide of done.stillIn)
    terminal.out(`It still lies in ${wide}, which is blocked. Next: telltale unblock ${wide} -m 'why'`);
  return exit.ok;
}
