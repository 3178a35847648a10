/** `telltale import portsentry`: what becomes of each line of portsentry.conf and portsentry.ignore. */

import { resolve } from 'node:path';
import { readBytes } from '#config/read.ts';
import { toYaml } from '#config/write.ts';
import { type PortsentryLine, importPortsentry as readPortsentry } from '#import/portsentry.ts';
import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import type { Call, Command } from './command.ts';
import { exit } from './exit.ts';
import { nextOn } from './show-text.ts';
import { writeSettings } from './write-settings.ts';

const CONF = '/etc/portsentry/portsentry.conf';
const IGNORE = '/etc/portsentry/portsentry.ignore';

/** The verb of `telltale import`. */
export const importPortsentry: Command = {
  name: 'portsentry',
  summary: 'portsentry.conf and portsentry.ignore of PortSentry 1.x and 2.x',
  options: [
    ['--conf <file>', `its settings (default ${CONF})`],
    ['--ignore <file>', `whom it ignores (default ${IGNORE}, when it is there)`],
    ['--write <target>', 'write the settings there instead of printing them'],
    ['--force', 'replace the file if it is there'],
  ],
  notes:
    'The files are read, nothing is executed. What happened to each line is told on stderr, the settings go to stdout.\n' +
    'took: it is in the settings. same: Telltale does this anyway. left: it could not be taken over.\n\n' +
    'The modes -tcp -udp (bind ports), -stcp -sudp (read packets for listed ports) and -atcp -audp (all ports without a\n' +
    'service) are one here: every port without a service is watched by reading packets, and nothing is bound.',
  run,
};

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const conf = call.text('conf') ?? CONF;
  const ignore = call.text('ignore') ?? IGNORE;
  const read = readBytes(conf);
  if ('error' in read)
    throw new VerbError(
      'NOT_FOUND',
      `Cannot read "${conf}": ${read.error}. Name the file: telltale import portsentry --conf FILE`,
    );
  const ignored = readBytes(ignore);
  if ('error' in ignored && call.text('ignore') !== undefined)
    throw new VerbError('NOT_FOUND', `Cannot read "${ignore}": ${ignored.error}. It is PortSentry's IGNORE_FILE`);
  const list = 'error' in ignored ? undefined : { text: ignored.bytes.toString('latin1'), file: resolve(ignore) };
  const imported = readPortsentry(read.bytes.toString('utf8'), list);
  terminal.object({ lines: imported.lines, ignored: imported.ignored, settings: imported.settings ?? null });
  tell(call, conf, imported.lines);
  tell(call, ignore, imported.ignored);
  if (imported.settings === undefined)
    throw new VerbError(
      'DATA',
      `Nothing to take over from "${conf}": no line of it could be. It should hold lines like BLOCK_TCP="1"`,
    );
  const yaml = `# Taken over from ${visible(conf)} of PortSentry.\n${toYaml(imported.settings)}`;
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

function tell({ terminal }: Call, file: string, lines: readonly PortsentryLine[]): void {
  for (const line of lines) terminal.line({ file, ...line });
  if (terminal.format !== 'words') return;
  for (const { line, text, outcome, words } of lines)
    terminal.err(`${visible(file)}:${line}: ${outcome.padEnd(5)} ${visible(text)}\n    ${visible(words)}`);
}
