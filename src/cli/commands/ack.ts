/** `telltale ack ID…`: seen. Ends by itself when the thing is gone or changes. */

import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonOption, tellQuieted } from '../quieting.ts';

export default defineCommand({
  name: 'ack',
  operands: '<id...>',
  summary: 'I have seen it: no more reminders',
  options: [reasonOption],
  notes: 'It ends by itself when the thing is gone or changes.',
  run,
});

async function run(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'write');
  const reason = call.text('message') ?? 'seen';
  tellQuieted(call, 'seen', await opened.desk.ask('ack', { ids: [...call.args], reason }));
  return exit.ok;
}
