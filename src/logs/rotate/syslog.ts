/** `--log syslog`: each line to the system log, as "logrotate", by logger(1), since Node has no Unix datagrams. */

import process from 'node:process';

const MAX_HELD = 1_048_576;

/** Collects text and hands whole lines on; at most 1 MiB is held, what is beyond is left out and told. */
export function syslogLines(): (text: string) => void {
  let held = '';
  let dropped = 0;
  process.on('exit', () => {
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const lines = held.split('\n').filter((line) => line.trim() !== '');
    if (dropped > 0) lines.push(`${dropped} bytes of messages left out`);
    const input = Buffer.from(lines.map((line) => `${priorityOf(line)}${line}\n`).join(''), 'latin1');
    if (lines.length > 0) spawnSync('/usr/bin/logger', ['--tag', 'logrotate', '--id', '--prio-prefix'], { input });
  });
  return (text) => {
    if (held.length < MAX_HELD) held += text;
    else dropped += text.length;
  };
}

/** Facility user (1): error 3, warning 4, debug 7. */
function priorityOf(line: string): string {
  return line.startsWith('error: ') ? '<11>' : line.startsWith('warning: ') ? '<12>' : '<15>';
}
