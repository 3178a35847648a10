/** `telltale rotate plan` and `telltale rotate doctor`: what rotation would do, and what it leaves out. */

import process from 'node:process';
import { DEFAULT_STATE } from '#formats/logrotate-options.ts';
import { harmlessJson, visible } from '#lib/escape.ts';
import { textTable } from '#lib/text-table.ts';
import { examine } from '#logs/rotate/doctor.ts';
import { DEFAULT_CONFIG, planRotation, seesAll } from '#logs/rotate/plan.ts';

interface Options {
  readonly json: boolean;
  readonly state: string;
  readonly configs: readonly string[];
}

const USAGE = `Usage: telltale rotate plan|doctor [--json] [--state FILE] [CONFIG…]\n`;

/** Exit codes: 0 nothing to tell, 1 mistakes or findings, 2 wrong use. */
export function rotateCommand(args: readonly string[], nowMs: number): 0 | 1 | 2 {
  const [verb, ...rest] = args;
  const options = readOptions(rest);
  if (options === undefined || (verb !== 'plan' && verb !== 'doctor')) {
    process.stderr.write(USAGE);
    return 2;
  }
  return verb === 'plan' ? plan(options, nowMs) : doctor(options, nowMs);
}

function readOptions(args: readonly string[]): Options | undefined {
  const configs: string[] = [];
  let json = false;
  let state = DEFAULT_STATE;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--json') json = true;
    else if (arg === '--state' && args[at + 1] !== undefined) {
      at += 1;
      state = args[at] ?? '';
    } else if (arg.startsWith('-')) return undefined;
    else configs.push(arg);
  }
  return { json, state, configs: configs.length === 0 ? [DEFAULT_CONFIG] : configs };
}

function plan({ json, state, configs }: Options, nowMs: number): 0 | 1 {
  const { logs, errors } = planRotation(configs, state, nowMs);
  if (json) process.stdout.write(`${harmlessJson({ logs, errors })}\n`);
  else {
    const columns = [
      { heading: 'Next run', shrinkTo: 7 },
      { heading: 'Log' },
      { heading: 'Why', shrinkTo: 20 },
      { heading: 'Size', align: 'right' as const },
      { heading: 'Last rotated', dropAt: 2 },
      { heading: 'Where it is set', dropAt: 1 },
    ];
    const rows = logs.map((log) => [
      log.action,
      log.log,
      log.why,
      String(Math.max(0, log.sizeBytes)),
      log.lastRotated,
      log.from,
    ]);
    process.stdout.write(`${textTable(columns, rows).join('\n')}\n`);
    for (const error of errors) process.stdout.write(`error: ${visible(error)}\n`);
  }
  return errors.length === 0 ? 0 : 1;
}

function doctor({ json, configs }: Options, nowMs: number): 0 | 1 {
  const findings = examine(configs, nowMs);
  if (json) process.stdout.write(`${harmlessJson({ findings, complete: seesAll() })}\n`);
  else {
    for (const { file, words, next } of findings) {
      process.stdout.write(`${visible(file)}\n  ${visible(words)}\n  Next: ${visible(next)}\n`);
    }
    if (findings.length === 0)
      process.stdout.write('Every log that is being written has a paragraph that rotates it.\n');
    if (!seesAll()) process.stdout.write('Not root: open files of other users were not seen.\n');
  }
  return findings.length === 0 ? 0 : 1;
}
