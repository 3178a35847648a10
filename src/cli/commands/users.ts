/** `telltale users`: who has an account here and how it can be entered, marked against the baseline. */

import { type Call, defineCommand } from '../command.ts';
import { showTable } from '../table-rows.ts';

const COLUMNS = ['name', 'uid', 'login', 'password', 'shell', 'home', 'expires', 'gecos'];

export default defineCommand({
  name: 'users',
  operands: '[filter...]',
  summary: 'accounts, and how each can be entered',
  options: [
    ['-a, --all', 'also those that cannot log in'],
    ['--new', 'only what is not in the baseline'],
  ],
  notes: [
    'A word without a sign is part of a name. Filters are column=value, column!=value and column~part:',
    '  telltale users bob',
    '  telltale users --all uid=0',
    'All columns: telltale show accounts',
  ].join('\n'),
  run: (call: Call) => {
    const names = call.args.filter((word) => !/[=~]/.test(word));
    const all = call.flag('all') || names.length > 0;
    return showTable(call, {
      table: 'accounts',
      filters: call.args.filter((word) => /[=~]/.test(word)),
      onlyNew: call.flag('new'),
      columns: COLUMNS,
      keep: (row) =>
        (all || !String(row['login']).startsWith('no')) && names.every((name) => String(row['name']).includes(name)),
    });
  },
});
