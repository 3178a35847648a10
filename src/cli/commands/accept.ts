/** `telltale accept ID…`: it is normal. Needs a reason and a scope, shows first what else it would quiet. */

import { didYouMean } from '#lib/closest.ts';
import { type AcceptScope, VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { confirmed } from '../confirmed.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonOf, reasonOption, tellQuieted, untilOf } from '../quieting.ts';

const SCOPES: readonly AcceptScope[] = ['exact', 'program', 'package'];

export default defineCommand({
  name: 'accept',
  operands: '<id...>',
  summary: 'it is normal: into the baseline',
  options: [
    reasonOption,
    [
      '--scope <scope>',
      'exact (this alone, the default), program (any port of this program), package (anything of this package)',
    ],
    ['--until <time>', 'at most so long, as "30 days"; without it until the file, unit or owner changes'],
    ['-n, --dry-run', 'only show what it would quiet'],
    ['-y, --yes', 'do not ask'],
  ],
  notes:
    "Examples:\n  telltale accept 8e1f02 -m 'replica, ticket 4411'\n  telltale accept 8e1f02 --scope program -m 'builds open ports' --dry-run",
  run,
});

async function run(call: Call): Promise<number> {
  const scope = call.text('scope') ?? 'exact';
  if (!isScope(scope))
    throw new VerbError(
      'USAGE',
      `Unknown scope "${scope}"${didYouMean(scope, SCOPES)}. Scopes are exact, program and package`,
    );
  const asked = { ids: [...call.args], reason: reasonOf(call, 'accept'), scope, untilMs: untilOf(call, 'until', 0) };
  await using opened = await openDesk(call, 'change');
  const trial = await opened.desk.ask('accept', { ...asked, dryRun: true });
  if (call.flag('dry-run')) {
    tellQuieted(call, 'accepted', trial);
    return exit.ok;
  }
  const asks = call.terminal.tty && process.stdin.isTTY && call.terminal.format === 'words' && !call.flag('yes');
  if (asks && (trial.alsoQuiets.count > 0 || scope !== 'exact')) {
    tellQuieted(call, 'accepted', trial);
    if (!(await confirmed('Accept it? [y/N] '))) {
      call.terminal.out('Nothing was accepted.');
      return exit.ok;
    }
  }
  tellQuieted(call, 'accepted', await opened.desk.ask('accept', { ...asked, dryRun: false }));
  return exit.ok;
}

function isScope(text: string): text is AcceptScope {
  return (SCOPES as readonly string[]).includes(text);
}
