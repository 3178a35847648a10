/** `telltale rotate`: what rotation would do, what it leaves out, some logs now, and what was rotated. */

import { DEFAULT_STATE } from '#formats/logrotate-options.ts';
import { formatBytesSize } from '#lib/bytes-size.ts';
import { harmless, visibleBytes } from '#lib/escape.ts';
import { textTable } from '#lib/text-table.ts';
import { examine, type Finding } from '#logs/rotate/doctor.ts';
import { DEFAULT_CONFIG, type PlannedLog, planRotation, seesAll } from '#logs/rotate/plan.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import type { Terminal } from '../terminal.ts';
import { rotateHistory, rotateNow } from './rotate-now.ts';
import { rotateVerify } from './rotate-verify.ts';

export default defineCommand({
  name: 'rotate',
  summary: 'what the next run of logrotate would do and why, and what it leaves out',
  verbs: [
    {
      name: 'plan',
      operands: '[config...]',
      summary: 'for each log what the next run would do, and why; changes nothing',
      options: [['--state <file>', `state file of logrotate (${DEFAULT_STATE})`]],
      notes: `Without CONFIG it reads ${DEFAULT_CONFIG}. Exit codes: 0 read without a mistake, 1 the configuration or the state file has mistakes.`,
      run: plan,
    },
    {
      name: 'doctor',
      operands: '[config...]',
      summary: 'logs that grow and that nothing rotates, paragraphs without a log, rotated files still written to',
      notes: `Without CONFIG it reads ${DEFAULT_CONFIG}. Exit codes: 0 nothing found, 1 findings.`,
      run: doctor,
    },
    rotateNow,
    rotateHistory,
    rotateVerify,
  ],
});

const COLUMNS = [
  { heading: 'NEXT RUN', shrinkTo: 7 },
  { heading: 'LOG' },
  { heading: 'WHY', shrinkTo: 20 },
  { heading: 'SIZE', align: 'right' as const },
  { heading: 'LAST ROTATED', dropAt: 2 },
  { heading: 'WHERE IT IS SET', dropAt: 1 },
];

async function plan(call: Call): Promise<number> {
  const { terminal } = call;
  const found = planRotation(configsOf(call), bytesOf(call.text('state') ?? DEFAULT_STATE), Date.now());
  const logs = found.logs.map(shownLog);
  const errors = found.errors.map(shown);
  terminal.object({ logs, errors });
  for (const log of logs) terminal.line({ log });
  for (const error of errors) terminal.line({ error });
  if (terminal.format === 'words') printPlan(terminal, logs, errors);
  return errors.length === 0 ? exit.ok : exit.watch;
}

function printPlan(terminal: Terminal, logs: readonly PlannedLog[], errors: readonly string[]): void {
  const rows = logs.map((log) => [
    log.action,
    log.log,
    log.why,
    terminal.width === undefined ? String(Math.max(0, log.sizeBytes)) : formatBytesSize(Math.max(0, log.sizeBytes)),
    log.lastRotated,
    log.from,
  ]);
  if (terminal.width === undefined) for (const row of rows) terminal.out(row.join('\t'));
  else {
    const width = { maxWidth: terminal.width, ascii: terminal.ascii };
    for (const line of textTable(COLUMNS, rows, width)) terminal.out(line);
  }
  for (const error of errors) terminal.out(`error: ${error}`);
}

async function doctor(call: Call): Promise<number> {
  const { terminal } = call;
  const findings = examine(configsOf(call), Date.now()).map(shownFinding);
  const complete = seesAll();
  terminal.object({ findings, complete });
  for (const finding of findings) terminal.line({ finding });
  if (terminal.format === 'words') printFindings(terminal, findings, complete);
  return findings.length === 0 ? exit.ok : exit.watch;
}

function printFindings(terminal: Terminal, findings: readonly Finding[], complete: boolean): void {
  for (const { kind, file, words, next } of findings) {
    if (terminal.width === undefined) terminal.out([kind, file, words, next].join('\t'));
    else terminal.out(`${terminal.paint('strong', file)}\n  ${words}\n  Next: ${next}`);
  }
  if (findings.length === 0)
    terminal.out(
      complete
        ? 'Every log that is being written has a paragraph that rotates it.'
        : 'Nothing found in what could be seen.',
    );
  if (!complete) terminal.err('Not root: open files of other users were not seen. Next: run it as root.');
}

function configsOf(call: Call): readonly string[] {
  return call.args.length === 0 ? [DEFAULT_CONFIG] : call.args.map(bytesOf);
}

// Inside, a path is Latin-1 text, one character a byte; people and JSON get it as the UTF-8 it mostly is.
function bytesOf(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}

function shown(text: string): string {
  return harmless(visibleBytes(Buffer.from(text, 'latin1')));
}

function shownLog(log: PlannedLog): PlannedLog {
  return { ...log, log: shown(log.log), to: shown(log.to), from: shown(log.from), why: shown(log.why) };
}

function shownFinding({ kind, file, words, next }: Finding): Finding {
  return { kind, file: shown(file), words: shown(words), next: shown(next) };
}
