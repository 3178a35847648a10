/** `telltale verify`: walks the hash chain; finds the first record that was changed, removed or added. */

import { visible } from '#lib/escape.ts';
import { thousands } from '#lib/plural.ts';
import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { signOn } from '../show-text.ts';

export default defineCommand({
  name: 'verify',
  summary: 'prove that no record was changed or removed',
  notes: 'Exit codes: 0 whole, 2 broken, 66 nothing recorded yet. Keep the head elsewhere: it proves the past.',
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'read');
  const result = await opened.desk.ask('verify', {});
  terminal.object(result);
  terminal.line(result);
  if (terminal.format === 'words') {
    const span = result.records === 0 ? '' : `, from ${moment(result.sinceMs)} to ${moment(result.untilMs)}`;
    if (result.whole)
      terminal.out(`${signOn(terminal, 'settled')} The chain is whole: ${thousands(result.records)} records${span}.`);
    else {
      const { seq = 0, why = '' } = result.broken ?? {};
      terminal.out(
        `${signOn(terminal, 'act')} The chain is broken at record ${seq}: ${visible(why)}. What is older is whole.`,
      );
    }
    terminal.out(`  head ${result.head}`);
  }
  return result.whole ? exit.ok : exit.act;
}
