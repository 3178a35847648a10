/** `telltale unblock ADDR`: lets it in again, and leaves it alone for a while. */

import { howWords } from '#views/block.ts';
import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonFor } from './block.ts';

export default defineCommand({
  name: 'unblock',
  operands: '<address>',
  summary: 'let an address or network in again, and leave it alone for a while',
  options: [['-m, --message <reason>', 'why, for the record']],
  notes:
    'Ends the blocks in the network that you name, and the one that your address lies in. How long it is left alone: the\nsetting answers.grace. For longer: telltale allow',
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal, args } = call;
  const [target = ''] = args;
  const reason = reasonFor(call, `telltale unblock ${target} -m 'reason'`);
  await using opened = await openDesk(call, 'write');
  const done = await opened.desk.ask('unblock', { target, reason });
  terminal.object(done);
  for (const block of done.ended) terminal.line({ block });
  if (terminal.format !== 'words') return exit.ok;
  for (const block of done.ended)
    terminal.out(`${block.target} is no longer ${howWords({ ...block, state: 'active' })}.`);
  if (done.graceUntilMs > 0) terminal.out(`It is left alone until ${moment(done.graceUntilMs)}.`);
  return exit.ok;
}
