/** Scripts in configurations of logrotate(8): only what is run is of interest here. */

export interface RotateHook {
  /** prerotate, postrotate, firstaction, lastaction, preremove, or compresscmd and the like. */
  readonly hook: string;
  /** First patterns of the section, "" outside of any. */
  readonly logs: string;
  readonly script: string;
}

/** Of the patterns of a section so much is kept. */
const MAX_LOGS = 4096;
const SCRIPTS = new Set(['prerotate', 'postrotate', 'firstaction', 'lastaction', 'preremove']);
const COMMANDS = /^(compresscmd|uncompresscmd|mailfirst|shredcommand)\s+(\S.*)$/;

/** A script without "endscript" ends with the text. Total. */
export function parseRotateHooks(text: string): RotateHook[] {
  const hooks: RotateHook[] = [];
  const lines = text.split('\n');
  let logs = '';
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    if (line.startsWith('#')) continue;
    const [, command, value] = COMMANDS.exec(line) ?? [];
    const word = line.split(/\s/)[0] ?? '';
    if (SCRIPTS.has(word)) {
      const end = lines.findIndex((other, index) => index > at && other.trim() === 'endscript');
      const script = lines.slice(at + 1, end < 0 ? undefined : end).map((inner) => inner.trim());
      hooks.push({ hook: word, logs, script: script.join('\n') });
      at = end < 0 ? lines.length : end;
    } else if (command !== undefined && value !== undefined && command !== 'mailfirst')
      hooks.push({ hook: command, logs, script: value });
    else logs = logsAfter(line, logs);
  }
  return hooks;
}

function logsAfter(line: string, logs: string): string {
  if (line === '}') return '';
  if (/^["/~*]/.test(line)) return `${logs} ${line.endsWith('{') ? line.slice(0, -1) : line}`.trim().slice(0, MAX_LOGS);
  return logs;
}
