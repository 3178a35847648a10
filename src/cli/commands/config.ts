/** `telltale config check|show`. */

import { problemText } from '#config/problem.ts';
import { exampleFile, settingsInForce, toYaml } from '#config/write.ts';
import { plural } from '#lib/plural.ts';
import { notifiers } from '#notifiers/index.ts';
import { type Call, defineCommand } from '../command.ts';
import { typed } from '../command-name.ts';
import { exit } from '../exit.ts';
import { load } from '../load-settings.ts';
import { settingsFor } from '../settings.ts';

export default defineCommand({
  name: 'config',
  summary: 'check or show the settings',
  verbs: [
    {
      name: 'check',
      summary: 'all errors at once, as FILE:LINE:COLUMN: words',
      notes: 'Exit codes: 0 sound, 78 errors.',
      run: check,
    },
    {
      name: 'show',
      summary: 'the settings in force, defaults included, secrets hidden',
      options: [['--example', 'a settings file that explains every key']],
      run: show,
    },
  ],
});

function check(call: Call): Promise<number> {
  const { terminal } = call;
  const { file, problems, warnings } = load(call.where);
  terminal.object({ file, problems, warnings });
  for (const problem of problems) terminal.line({ problem });
  for (const warning of warnings) terminal.line({ warning });
  if (terminal.format === 'words') {
    for (const problem of problems) terminal.out(typed(problemText(problem)));
    for (const warning of warnings) terminal.out(`warning: ${problemText(warning)}`);
    const where = file === '' ? 'There is no settings file: the defaults are in force.' : `${file}: sound.`;
    const errors = `${plural(problems.length, 'error')}. Next: telltale config show --example`;
    terminal.out(problems.length === 0 ? where : typed(errors));
  }
  return Promise.resolve(problems.length === 0 ? exit.ok : exit.config);
}

async function show(call: Call): Promise<number> {
  const { terminal } = call;
  if (call.flag('example')) {
    const example = exampleFile();
    terminal.object({ example });
    terminal.line({ example });
    if (terminal.format === 'words') terminal.out(example.trimEnd());
    return exit.ok;
  }
  const settings = await settingsFor(call.where, terminal);
  const shown = settingsInForce(settings, notifiers);
  terminal.object({ settings: shown });
  terminal.line({ settings: shown });
  if (terminal.format === 'words') terminal.out(toYaml(shown).trimEnd());
  return exit.ok;
}
