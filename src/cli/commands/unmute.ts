/** `telltale unmute ID…`: ends a mute, an ack or an acceptance. */

import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonOption, tellQuieted } from '../quieting.ts';

export default defineCommand({
  name: 'unmute',
  operands: '<id...>',
  summary: 'end a mute, an ack or an acceptance',
  options: [reasonOption],
  notes: 'Ids are those of alerts, or those that "telltale changes --quieted" shows.',
  run,
});

async function run(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'change');
  const reason = call.text('message') ?? 'ended';
  tellQuieted(call, 'no longer quieted', await opened.desk.ask('unmute', { ids: [...call.args], reason }));
  return exit.ok;
}
