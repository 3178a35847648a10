/** A service that answers the network started a shell or a tool. See docs/rules/process-from-service.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type ProgramRow, programs } from '#sensors/program-table.ts';
import { aboutProgram, pathOf, programName, startedBy, userOf } from './program-words.ts';
import { nginx, planted, webShell } from './sample-program.ts';

const SHELL = /^(?:bash|dash|sh|ash|zsh|ksh|mksh|fish|tcsh|csh|busybox)$/;
/** Fetch, tunnel, look around: what comes first after a break-in. */
const TOOL =
  /^(?:curl|wget|wget2|fetch|tftp|ftp|scp|sftp|ssh|nc|ncat|netcat|nc\.(?:traditional|openbsd)|socat|telnet|nmap|id|whoami|uname|hostname|ps|ss|netstat|crontab|base64|xxd|chattr|sudo|su|pkexec|at|gcc|cc|make)$/;
const SCRIPTING = /^(?:python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|tclsh[\d.]*|[gm]?awk)$/;

export default defineRule<ProgramRow>({
  id: 'process-from-service',
  doc: 'A web server, database or other service that answers the network started a shell, a downloader or the like.',
  on: 'programs',
  table: programs,
  attack: ['T1059.004', 'T1190', 'T1505.003'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    const kind = row.service === '' ? undefined : kindOf(row);
    // From where everyone may write, the rule about the place says it.
    if (kind === undefined || row.exePlace !== '') return undefined;
    return {
      ...aboutProgram(row),
      severity: kind.severity,
      title: `${visible(row.service)} started ${kind.article} ${programName(row)} as ${userOf(row)}`,
      why: `${visible(row.service)} answers the network and never did this before: a hole in what it serves (a web application, a database extension) is the usual reason. ${pathOf(row)}: ${startedBy(row)}`,
      next: `telltale processes pid ${row.pid} --tree; journalctl -n 100 -t ${shellQuote(row.service)}`,
    };
  },
  samples: [
    { name: 'a shell below apache2', judgement: { change: { type: 'added', after: webShell } }, expect: 'high' },
    {
      name: 'wget below it',
      judgement: {
        change: {
          type: 'added',
          after: { ...webShell, exe: '/usr/bin/wget', exeNow: '/usr/bin/wget', script: '', package: 'wget' },
        },
      },
      expect: 'high',
    },
    {
      name: 'a script of perl below it',
      judgement: {
        change: {
          type: 'added',
          after: { ...webShell, exe: '/usr/bin/perl', exeNow: '/usr/bin/perl', script: '/usr/lib/cgi-bin/awstats.pl' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'code on the command line of perl',
      judgement: {
        change: { type: 'added', after: { ...webShell, exe: '/usr/bin/perl', exeNow: '/usr/bin/perl', script: '-c' } },
      },
      expect: 'high',
    },
    { name: 'known by now', judgement: { change: { type: 'added', after: webShell }, known: true }, expect: undefined },
    { name: 'its own worker', judgement: { change: { type: 'added', after: nginx } }, expect: undefined },
    {
      name: 'the same shell below cron',
      judgement: { change: { type: 'added', after: { ...webShell, service: '', from: 'cron.service' } } },
      expect: undefined,
    },
    { name: 'told by the place', judgement: { change: { type: 'added', after: planted } }, expect: undefined },
  ],
});

function kindOf(row: ProgramRow): { readonly severity: Severity; readonly article: string } | undefined {
  const name = row.exe.slice(row.exe.lastIndexOf('/') + 1);
  if (SHELL.test(name)) return { severity: 'high', article: 'a shell:' };
  if (TOOL.test(name)) return { severity: 'high', article: 'the tool' };
  if (!SCRIPTING.test(name) || name === row.service) return undefined;
  return { severity: row.script === '-c' || row.script === '' ? 'high' : 'medium', article: 'an interpreter:' };
}
