/** Programs that rsyslog and syslog-ng start: omprog, improg, mmexternal, "^program" actions, program() of syslog-ng. */

export interface SyslogProgram {
  /** omprog, improg, mmexternal, shell or program. */
  readonly by: string;
  readonly command: string;
}

/** Total: finds what is there, whatever stands around it. */
export function syslogPrograms(text: string): SyslogProgram[] {
  const active = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n');
  return [...modulePrograms(active), ...simplePrograms(active)];
}

/** action(type="omprog" binary="…"). */
function* modulePrograms(text: string): Generator<SyslogProgram> {
  for (const [, body = ''] of text.matchAll(/\b(?:action|input|module)\s*\(([^()]*)\)/g)) {
    const by = /\btype\s*=\s*"(omprog|improg|mmexternal)"/i.exec(body)?.[1];
    const command = /\bbinary\s*=\s*"([^"]*)"/i.exec(body)?.[1];
    if (by !== undefined && command !== undefined) yield { by: by.toLowerCase(), command };
  }
}

const SIMPLE: readonly (readonly [by: string, pattern: RegExp])[] = [
  ['omprog', /^[ \t]*\$ActionOMProgBinary[ \t]+(\S.*)$/gim],
  ['shell', /^[ \t]*[\w.*,;=!:"']+[ \t]+\^([^\s;]+)/gm],
  ['program', /\bprogram\s*\(\s*["']([^"']+)["']/g],
];

function* simplePrograms(text: string): Generator<SyslogProgram> {
  for (const [by, pattern] of SIMPLE)
    for (const [, command = ''] of text.matchAll(pattern)) yield { by, command: command.trim() };
}
