/** `telltale files`: the watched files, marked against the baseline. */

import { type Call, defineCommand } from '../command.ts';
import { showTable } from '../table-rows.ts';

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
      keep: ({ path }) => paths.length === 0 || paths.some((wanted) => isBelow(String(path), wanted)),
    });
  },
});

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
