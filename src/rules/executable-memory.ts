/** A process has memory that may be run and comes from no file. See docs/rules/executable-memory.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, programName, startedBy, userOf } from './program-words.ts';
import { implant, service } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'executable-memory',
  doc: 'A process has memory that may be run and comes from no file.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1055', 'T1620'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning || change.after.sign !== 'executable memory') return undefined;
    const row = change.after;
    const severity = severityOf(row);
    if (severity === undefined) return undefined;
    return {
      ...aboutSign(row),
      severity,
      title: `${programName(row)}, run by ${userOf(row)}, has memory that may be run and comes from no file`,
      why: `${row.value === 'writable' ? 'Memory that is writable and executable at once' : row.value === 'stack' ? 'A stack that may be run' : `Executable memory (${shorten(visible(row.value), 60)})`} is what injected code needs. Programs that compile while they run (Java, JavaScript, regular expressions) have it as well; this one did not when it was learned. ${startedBy(row)}`,
      next: `grep -E ' ..x. .* 00:00 0 ' /proc/${row.pid}/maps; telltale processes pid ${row.pid} --tree`,
    };
  },
  samples: [
    {
      name: 'in sshd, which compiles nothing',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...service,
            exe: '/usr/sbin/sshd',
            exeNow: '/usr/sbin/sshd',
            uid: 0,
            sign: 'executable memory',
            value: 'anonymous',
          },
        },
      },
      expect: 'high',
    },
    {
      name: 'in a program from no package',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'executable memory', value: 'writable' } } },
      expect: 'medium',
    },
    {
      name: 'in a packaged service',
      judgement: { change: { type: 'added', after: { ...service, sign: 'executable memory', value: 'anonymous' } } },
      expect: 'low',
    },
    {
      name: 'a JIT',
      judgement: {
        change: {
          type: 'added',
          after: { ...service, exe: '/usr/bin/node', sign: 'executable memory', value: 'writable' },
        },
      },
      expect: undefined,
    },
    {
      name: 'learned',
      judgement: {
        change: { type: 'added', after: { ...service, sign: 'executable memory', value: 'anonymous' } },
        known: true,
      },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

/** Engines that compile while they run. */
const JIT =
  /\/(?:node|nodejs|deno|bun|java|javac|firefox\S*|chrom\S*|electron|code|brave|opera|qemu-\S+|luajit\S*|beam\.smp|dotnet|mono\S*|pwsh|php\S*|ruby[\d.]*|pypy\S*|julia|WebKitWebProcess|gjs\S*|gnome-shell|Xwayland|wine\S*|box64)$/;
/** They compile nothing, ever, and are worth being in. */
const NEVER =
  /\/(?:sshd|sshd-session|systemd|systemd-\S+|cron|crond|login|sudo|su|agetty|dbus-daemon|rsyslogd|init|ssh-agent|gpg-agent|auditd|polkitd)$/;

function severityOf(row: OddRow): Severity | undefined {
  if (NEVER.test(row.exe)) return 'high';
  // Also in a home, as editors bring them. One in a place where anybody may write is told as that.
  if (JIT.test(row.exe)) return undefined;
  return row.packageState === 'unpackaged' ? 'medium' : 'low';
}
