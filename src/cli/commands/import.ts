/** `telltale import lsm FILE`: says line by line what it took over, and prints or writes the settings. */

import { closeSync, constants, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { readBytes } from '#config/read.ts';
import { toYaml } from '#config/write.ts';
import { lsmSettings, parseLsm } from '#import/lsm.ts';
import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { nextOn } from '../show-text.ts';

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
  ],
});

async function lsm(call: Call): Promise<number> {
  const { terminal } = call;
  const [file = ''] = call.args;
  const read = readBytes(file);
  if ('error' in read)
    throw new VerbError('NOT_FOUND', `Cannot read "${file}": ${read.error}. LSM keeps it at /usr/local/lsm/conf.lsm`);
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
  write(target, yaml, call.flag('force'));
  if (terminal.format === 'words')
    terminal.out(`Wrote ${visible(target)}. ${nextOn(terminal, `telltale config check --config ${visible(target)}`)}`);
  return await Promise.resolve(exit.ok);
}

function write(target: string, text: string, force: boolean): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const path = force ? `${target}.${process.pid}.new` : target;
  try {
    const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
    try {
      writeSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
    if (force) renameSync(path, target);
  } catch (error) {
    const there = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (force) rmSync(path, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new VerbError(
      'EXISTS',
      there
        ? `Cannot write "${target}": it is there already. Replace it with --force`
        : `Cannot write "${target}": ${why}`,
      { cause: error },
    );
  }
}
