/** The declaration of the table `outside-checks`. */

import { defineTable } from '#model/table.ts';

/** One row a check of the administrator's. The state is part of the identity: an alert closes when it is another one. */
export const outsideChecks = defineTable({
  name: 'outside-checks',
  doc: 'What the checks of the administrator say.',
  slot: ['name'],
  columns: {
    name: ['text', 'Name in the settings', 'identity'],
    state: ['text', 'ok, warning, critical, unknown; failed when it could not be run or took too long', 'identity'],
    text: ['text', 'The first line that it printed, cut at 300 characters'],
    more: ['list', 'Further lines, at most 20'],
    measured: ['list', 'Measured values, as "load=0.3"'],
    program: ['text', 'Program that was run'],
    user: ['text', 'Whom it ran as'],
    ranMs: ['time', 'When it ran last'],
    tookMs: ['ms', 'How long it took'],
  },
});

/** A row of `outside-checks`. */
export type OutsideCheckRow = NonNullable<(typeof outsideChecks)['row']>;
