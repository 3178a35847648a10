/** `telltale files`: the watched files, marked against the baseline. */

import type { Row } from '#model/table.ts';
import { type Call, defineCommand } from '../command.ts';
import { showTable } from '../table-rows.ts';

const COLUMNS = ['path', 'mode', 'owner', 'group', 'sizeBytes', 'package', 'sha256', 'signs', 'target'];

export default defineCommand({
  name: 'files',
  operands: '[path-or-filter...]',
  summary: 'watched files with mode, owner, digest and package, marked against the baseline',
  options: [['--new', 'only what is not in the baseline']],
  notes: [
    'A path stands for itself and everything below it. Filters are column=value, column!=value and column~part:',
    '  telltale files /etc/ssh',
    '  telltale files --new owner=root',
    'What differs from its package: telltale show package-files',
  ].join('\n'),
  run: (call: Call) => {
    const paths = call.args.filter((word) => word.startsWith('/')).map((path) => path.replace(/\/+$/, '') || '/');
    return showTable(call, {
      table: 'files',
      filters: call.args.filter((word) => !word.startsWith('/')),
      onlyNew: call.flag('new'),
      columns: COLUMNS,
      texts: { sha256: shortDigest, mode: modeOf },
      keep: ({ path }) => paths.length === 0 || paths.some((wanted) => isBelow(String(path), wanted)),
    });
  },
});

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** The first digits are enough to tell two apart; all of them: --json, or telltale show files. */
function shortDigest({ sha256 }: Row): string {
  const digest = String(sha256 ?? '');
  return /^[0-9a-f]{64}$/.test(digest) ? digest.slice(0, 12) : digest;
}

const KINDS: Readonly<Record<string, string>> = { directory: 'd', symlink: 'l', socket: 's', file: '' };

/** "d0755", "4755": what is no plain file by the letter that ls begins a line with. */
function modeOf({ type, mode }: Row): string {
  return (KINDS[String(type)] ?? '?') + String(mode ?? '');
}
