/** A port that is not in the baseline was open for a moment only. See docs/rules/short-lived-listener.md. */

import { formatDuration } from '#lib/duration.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { weigh } from './listener-weight.ts';
import { plantedNc, redis, sshd } from './sample-row.ts';
import { about, hasPort, origin, place, program, reach, thing } from './socket-words.ts';

/** A listener that lived longer than this is over without further words. */
const SHORT_MS = 60_000;

export default defineRule<SocketRow>({
  id: 'short-lived-listener',
  doc: 'A port that is not in the baseline was open for less than a minute.',
  on: 'sockets',
  table: sockets,
  attack: ['T1571', 'T1205'],
  types: ['removed'],
  judge({ change, known, learning }) {
    if (change.type !== 'removed' || known || learning) return undefined;
    const { before: row, livedMs } = change;
    if (!hasPort(row) || row.ephemeral || livedMs === undefined || livedMs >= SHORT_MS) return undefined;
    const { severity, why } = weigh(row);
    const shown = about(row);
    return {
      ...shown,
      facts: { ...shown.facts, livedMs },
      severity,
      title: `${program(row)} opened ${thing(row)} ${reach(row)}${place(row)} and closed it ${lived(row, livedMs)}`,
      why: `${origin(row)} ${why} A door that is open for so short a time is meant to be missed, or the program failed at once.`,
      continues: ['new-listener', 'listener-replaced', 'bind-widened', 'second-owner'],
      over: true,
    };
  },
  samples: [
    {
      name: 'nc for a tenth of a second',
      judgement: { change: { type: 'removed', before: plantedNc, livedMs: 120 } },
      expect: 'critical',
    },
    {
      name: 'a packaged program on loopback',
      judgement: { change: { type: 'removed', before: redis, livedMs: 900 } },
      expect: 'info',
    },
    {
      name: 'it lived for an hour',
      judgement: { change: { type: 'removed', before: plantedNc, livedMs: 3_600_000 } },
      expect: undefined,
    },
    {
      name: 'it was there before us',
      judgement: { change: { type: 'removed', before: plantedNc } },
      expect: undefined,
    },
    {
      name: 'a known listener',
      judgement: { change: { type: 'removed', before: sshd, livedMs: 120 }, known: true },
      expect: undefined,
    },
  ],
});

/** Only TCP tells of its end: of all else a look found that it is gone. */
function lived({ protocol }: SocketRow, ms: number): string {
  const how = protocol === 'tcp' ? 'after' : 'within';
  if (ms >= 10_000) return `${how} ${formatDuration(ms)}`;
  return `${how} ${ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`}`;
}
