/** `telltale lsm -g|-c|-d`: the verbs of Linux Socket Monitor, in its style, on the same baseline as `baseline`. */

import { defaultConfigFile } from '#config/default-paths.ts';
import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { compare } from '../compare.ts';
import { exit } from '../exit.ts';
import { programFolder, version } from '../own-version.ts';
import { stateDirFor } from '../settings.ts';
import { deleted, generated } from './baseline.ts';
import { orBlind } from './check.ts';

export default defineCommand({
  name: 'lsm',
  summary: 'the verbs of Linux Socket Monitor: -g, -c, -d',
  options: [
    ['-g, --generate', 'generate base comparison files (the baseline)'],
    ['-c, --compare', 'compare what is here now with them'],
    ['-d, --delete', 'delete them'],
    ['-y, --yes', 'with -d: as in other tools; nothing is asked in any case'],
    ['--mail', 'with -c: mail what differs (also: compare.mail in the settings)'],
  ],
  notes:
    'From cron, every ten minutes: */10 * * * * root telltale lsm -c >/dev/null\nExit codes of -c: 0 nothing differs, 1 note or watch, 2 act, 3 could not look.\nSettings of LSM: telltale import lsm /usr/local/lsm/conf.lsm',
  run,
});

async function run(call: Call): Promise<number> {
  const given = ['generate', 'compare', 'delete'].filter((name) => call.flag(name));
  if (given.length !== 1)
    throw new VerbError('USAGE', 'Say one thing to do. Next: telltale lsm -g (generate), -c (compare) or -d (delete)');
  if (given[0] === 'compare') return await orBlind(call, compare);
  return given[0] === 'generate' ? await generate(call) : await remove(call);
}

async function generate(call: Call): Promise<number> {
  const { terminal } = call;
  const result = await generated(call);
  terminal.object(result);
  terminal.line(result);
  if (terminal.format !== 'words') return exit.ok;
  const config = call.where.config ?? defaultConfigFile({ uid: process.getuid?.() ?? 0, env: process.env });
  terminal.out('.: Telltale watches your sockets');
  terminal.out(`Install path:    ${visible(programFolder())}`);
  terminal.out(`Config path:     ${visible(config)}`);
  terminal.out(`Executable path: ${visible(programFolder())}/bin/telltale`);
  terminal.out(`State path:      ${visible(await stateDirFor(call.where, terminal))}`);
  terminal.out(`Telltale version ${version()}, Apache-2.0`);
  terminal.out(`\ngenerated base comparison files: baseline ${result.version}, ${plural(result.rows, 'fact')}`);
  for (const refused of result.refused) terminal.out(`  not taken, dangerous in itself: ${visible(refused)}`);
  return exit.ok;
}

async function remove(call: Call): Promise<number> {
  const { terminal } = call;
  const result = await deleted(call);
  terminal.object(result);
  terminal.line(result);
  if (terminal.format === 'words') terminal.out(`deleted base comparison files: ${plural(result.deleted, 'fact')}`);
  return exit.ok;
}
