/** `telltale rotate verify`: are the rotated logs still what was rotated. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RotationLines } from '#formats/rotation-record.ts';
import { harmless, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { RECORD, readRecords } from '#logs/rotate/record.ts';
import { type VerifiedFile, verifyFiles } from '#logs/rotate/verify.ts';
import { VerbError } from '#model/verbs.ts';
import { moment } from '#views/time.ts';
import type { Call, Command } from '../command.ts';
import { exit } from '../exit.ts';
import { stateDirFor } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export const rotateVerify: Command = {
  name: 'verify',
  operands: '[log...]',
  summary: 'are the rotated logs still what was rotated: names what was altered, is missing, or was put there',
  options: [['--in <folder>', 'look for the files in this folder, such as an archive or a copy on another host']],
  notes:
    'Compressed files are unpacked for it. A record that was cut at its end, or written anew, looks whole: note the head that is printed elsewhere. Exit codes: 0 all as it was, 1 something is not.',
  run: verify,
};

const GOOD = new Set(['intact', 'continued', 'unsealed']);

async function verify(call: Call): Promise<number> {
  const { terminal } = call;
  const dir = await stateDirFor(call.where, terminal);
  const given = call.text('in');
  const folder = given === undefined ? undefined : resolve(given);
  if (folder !== undefined && !existsSync(folder))
    throw new VerbError('NOT_FOUND', `Cannot look in "${given ?? ''}": there is no such folder. Name one that exists.`);
  const logs = call.args.map((log) => resolve(log));
  const { rows, rejects, broken, head } = readRecords(dir);
  const files = await verifyFiles(rows, { logs, folder });
  const record = { steps: rows.length, unreadable: rejects.length, broken: broken ?? null, head };
  terminal.object({ files, record });
  for (const file of files) terminal.line(file);
  const bad = files.filter(({ verdict }) => !GOOD.has(verdict));
  if (terminal.format === 'words') {
    printFiles(terminal, files, bad);
    printRecord(terminal, dir, { rows, rejects, broken, head });
  }
  const known = files.length > 0 || logs.length === 0;
  return bad.length === 0 && broken === undefined && known ? exit.ok : exit.watch;
}

function printFiles(terminal: Terminal, files: readonly VerifiedFile[], bad: readonly VerifiedFile[]): void {
  for (const { verdict, file, words, rotatedMs } of files) {
    if (verdict === 'intact') continue;
    const when = rotatedMs === 0 ? '' : moment(rotatedMs);
    if (terminal.width === undefined) terminal.out([verdict, visible(file), harmless(words), when].join('\t'));
    else {
      const paint = GOOD.has(verdict) ? 'faint' : 'strong';
      const rotated = when === '' ? '' : `; rotated ${when}`;
      terminal.out(`${terminal.paint(paint, `${verdict} ${visible(file)}`)}\n  ${harmless(words)}${rotated}`);
    }
  }
  const changed = bad.find(({ verdict }) => verdict !== 'missing');
  if (changed !== undefined && terminal.width !== undefined)
    terminal.out(`Next: ls -l --time=ctime ${shellQuote(changed.file)} tells when it was last changed.`);
  const intact = files.filter(({ verdict }) => verdict === 'intact').length;
  if (files.length === 0) terminal.out('No rotated log is on record here.');
  else terminal.out(`${intact} of ${plural(files.length, 'rotated log')} ${intact === 1 ? 'is' : 'are'} as sealed.`);
}

function printRecord(terminal: Terminal, dir: string, { rows, rejects, broken, head }: RotationLines): void {
  const path = visible(`${dir}/${RECORD}`);
  const [first] = rejects;
  if (first !== undefined)
    terminal.out(`${plural(rejects.length, 'line')} of ${path} cannot be read; the first is line ${first.line}.`);
  if (broken !== undefined) terminal.out(`The record was altered: line ${broken.line} of ${path}, ${broken.why}.`);
  else if (rows.length > 0)
    terminal.out(`The record is whole: ${plural(rows.length, 'step')}, head ${head.seq} ${head.hash.slice(0, 16)}.`);
}
