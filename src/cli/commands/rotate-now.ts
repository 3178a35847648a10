/** `telltale rotate now` and `telltale rotate history`: rotate some logs at once, and what was rotated when. */

import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DEFAULT_STATE } from '#formats/logrotate-options.ts';
import type { RotatedStep } from '#formats/rotation-record.ts';
import { formatBytesSize } from '#lib/bytes-size.ts';
import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { textTable } from '#lib/text-table.ts';
import { logrotate } from '#logs/rotate/logrotate.ts';
import { DEFAULT_CONFIG, planRotation } from '#logs/rotate/plan.ts';
import { readRecords, recorder } from '#logs/rotate/record.ts';
import { VerbError } from '#model/verbs.ts';
import { moment } from '#views/time.ts';
import type { Call, Command } from '../command.ts';
import { exit } from '../exit.ts';
import { progressLine } from '../progress-line.ts';
import { stateDirFor } from '../settings.ts';

export const rotateNow: Command = {
  name: 'now',
  operands: '<log...>',
  summary: 'rotate these logs now, as their paragraphs say, whether they are due or not',
  options: [
    ['--rotate-config <file>', `configuration of logrotate (${DEFAULT_CONFIG})`],
    ['--state <file>', `state file of logrotate (${DEFAULT_STATE})`],
  ],
  notes: 'Exit codes are those of logrotate: 0 well, 1 some error, 3 the state file is locked.',
  run: now,
};

export const rotateHistory: Command = {
  name: 'history',
  operands: '[log...]',
  summary: 'which log was rotated when, to what, by whom, and how great it was',
  run: history,
};

const utf8 = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
const latin1 = (path: string): string => Buffer.from(path, 'utf8').toString('latin1');

async function now(call: Call): Promise<number> {
  const config = call.text('rotate-config') ?? DEFAULT_CONFIG;
  const state = call.text('state') ?? DEFAULT_STATE;
  const logs = call.args.map((log) => latin1(resolve(log)));
  const covered = new Set(planRotation([latin1(config)], latin1(state), Date.now()).logs.map(({ log }) => log));
  const stranger = logs.findIndex((log) => !covered.has(log));
  if (stranger >= 0)
    throw new VerbError(
      'NOT_FOUND',
      `Cannot rotate "${call.args[stranger] ?? ''}": no paragraph of "${config}" covers it. See: telltale rotate plan ${config}`,
    );
  const progress = progressLine({ fd: process.stderr, nowMs: () => performance.now() });
  const dir = await stateDirFor(call.where, call.terminal);
  const record = recorder(dir, 'rotate now', (words) => call.terminal.err(words));
  const rotated: RotatedStep[] = [];
  const code = await logrotate(['-s', state, config], {
    nowMs: Date.now(),
    only: new Set(logs),
    onSteps: (steps) => {
      rotated.push(...steps.filter((step) => step.step === 'rotated'));
      if (existsSync(dir)) record(steps);
    },
    onProgress: progress.tell,
  });
  progress.end();
  const shown = rotated.map((row) => ({ log: utf8(row.log), to: utf8(row.to), sizeBytes: row.sizeBytes }));
  call.terminal.object({ rotated: shown, code });
  for (const row of shown) call.terminal.line(row);
  if (call.terminal.format === 'words')
    for (const { log, to, sizeBytes } of shown)
      call.terminal.out(`rotated ${visible(log)} to ${visible(to)} (${formatBytesSize(sizeBytes)})`);
  return code;
}

async function history(call: Call): Promise<number> {
  const { terminal } = call;
  const { rows, rejects } = readRecords(await stateDirFor(call.where, terminal));
  const wanted = new Set(call.args.map((log) => resolve(log)));
  const shown = rows.filter((row) => row.step === 'rotated').filter(({ log }) => wanted.size === 0 || wanted.has(log));
  terminal.object({ rotations: shown, rejects: rejects.length });
  for (const record of shown) terminal.line(record);
  if (terminal.format !== 'words') return exit.ok;
  const lines = textTable(
    [
      { heading: 'WHEN' },
      { heading: 'LOG', shrinkTo: 16 },
      { heading: 'TO', shrinkTo: 16 },
      { heading: 'SIZE', align: 'right' },
      { heading: 'HOW', dropAt: 2 },
      { heading: 'BY', dropAt: 1 },
    ],
    shown.map((row) => [
      moment(row.timeMs),
      visible(row.log),
      visible(dirname(row.to) === dirname(row.log) ? basename(row.to) : row.to),
      formatBytesSize(row.sizeBytes),
      howOf(row),
      visible(row.by),
    ]),
    { ...(terminal.width !== undefined && { maxWidth: terminal.width }), ascii: terminal.ascii },
  );
  if (shown.length === 0) terminal.out('No rotation is on record here.');
  else for (const [index, line] of lines.entries()) terminal.out(index === 0 ? terminal.paint('strong', line) : line);
  if (rejects.length > 0)
    terminal.err(`${plural(rejects.length, 'line')} of the record cannot be read. See: telltale rotate verify`);
  return exit.ok;
}

/** A loss belongs beside what caused it. */
function howOf({ how, lostBytes }: RotatedStep): string {
  if (lostBytes === 0) return how;
  return lostBytes === null ? `${how}, some lost` : `${how}, ${formatBytesSize(lostBytes)} lost`;
}
