/** `telltale import lsm|portsentry`: says line by line what it took over, and prints or writes the settings. */

import { readBytes } from '#config/read.ts';
import { toYaml } from '#config/write.ts';
import { lsmSettings, parseLsm } from '#import/lsm.ts';
import { errnoWords } from '#lib/errno-words.ts';
import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { importPortsentry } from '../import-portsentry.ts';
import { nextOn } from '../show-text.ts';
import { writeSettings } from '../write-settings.ts';

export default defineCommand({
  name: 'import',
  summary: 'take over the settings of another tool',
  verbs: [
    {
      name: 'lsm',
      operands: '<file>',
      summary: 'conf.lsm of Linux Socket Monitor (USER, SUB)',
      options: [
        ['--write <target>', 'write the settings there instead of printing them'],
        ['--force', 'replace the file if it is there'],
      ],
      notes:
        'The file is read, never executed. What happened to each line is told on stderr, the settings go to stdout.',
      run: lsm,
    },
    importPortsentry,
  ],
});

async function lsm(call: Call): Promise<number> {
  const { terminal } = call;
  const [file = ''] = call.args;
  const read = readBytes(file);
  if ('error' in read)
    throw new VerbError(
      'NOT_FOUND',
      `Cannot read "${file}": ${errnoWords(read.error)}. LSM keeps it at /usr/local/lsm/conf.lsm`,
    );
  const imported = parseLsm(read.bytes.toString('utf8'));
  const settings = lsmSettings(imported);
  terminal.object({ lines: imported.lines, settings: settings ?? null });
  for (const line of imported.lines) terminal.line(line);
  if (terminal.format === 'words') {
    for (const { line, text, outcome, words } of imported.lines)
      terminal.err(`${visible(file)}:${line}: ${outcome.padEnd(5)} ${visible(text)}\n    ${visible(words)}`);
  }
  if (settings === undefined)
    throw new VerbError(
      'DATA',
      `Nothing to take over from "${file}": it names nobody to mail to. It should hold a line like USER="root@example.org"`,
    );
  const yaml = `# Taken over from ${visible(file)} of Linux Socket Monitor.\n${toYaml(settings)}`;
  const target = call.text('write');
  if (target === undefined) {
    if (terminal.format === 'words') terminal.out(yaml.trimEnd());
    return exit.ok;
  }
  writeSettings(target, yaml, call.flag('force'));
  if (terminal.format === 'words')
    terminal.out(`Wrote ${visible(target)}. ${nextOn(terminal, `telltale config check --config ${visible(target)}`)}`);
  return await Promise.resolve(exit.ok);
}
