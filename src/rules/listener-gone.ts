/** A listener of the baseline is gone. See docs/rules/listener-gone.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { redis, sshd } from './sample-row.ts';
import { about, hasPort, isEverywhere, place, program, reach, thing } from './socket-words.ts';

const SERVICE_HOLD_MS = 30_000;
const HOLD_MS = 5000;

export default defineRule<SocketRow>({
  id: 'listener-gone',
  doc: 'A port of the baseline is no longer served.',
  on: 'sockets',
  table: sockets,
  attack: ['T1489', 'T1562.001'],
  types: ['removed'],
  // What this rule never tells of is not held back: its alerts close at once.
  holdMs: (row) => (hasPort(row) && !row.ephemeral ? (isService(row) ? SERVICE_HOLD_MS : HOLD_MS) : 0),
  judge({ change, known, learning, peers }) {
    if (change.type !== 'removed' || !known || learning) return undefined;
    const row = change.before;
    if (!hasPort(row) || row.ephemeral || peers.some((other) => covers(other, row))) return undefined;
    const shown = about(row);
    const unit = isService(row)
      ? `systemctl status -- ${shellQuote(row.unitNow)}; journalctl -n 20 -u ${shellQuote(row.unitNow)}`
      : shown.next;
    return {
      ...shown,
      severity: row.exposure === 'local' || !isService(row) ? 'low' : 'medium',
      title: `${program(row)} no longer serves ${thing(row)} ${reach(row)}${place(row)}`,
      why: `It is in the baseline, so something is expected to answer there${isService(row) ? `, as part of ${visible(row.unitNow)}` : ''}. Either it was stopped on purpose, or it failed, or somebody put it out of the way.`,
      next: unit,
    };
  },
  samples: [
    { name: 'sshd went', judgement: { change: { type: 'removed', before: sshd }, known: true }, expect: 'medium' },
    {
      name: 'a service on loopback went',
      judgement: { change: { type: 'removed', before: redis }, known: true },
      expect: 'low',
    },
    {
      name: 'a program of a login session went',
      judgement: {
        change: { type: 'removed', before: { ...sshd, unit: 'session-*.scope', unitNow: 'session-3.scope' } },
        known: true,
      },
      expect: 'low',
    },
    {
      name: 'it was never accepted',
      judgement: { change: { type: 'removed', before: sshd }, known: false },
      expect: undefined,
    },
    {
      name: 'another row serves the port on every address now',
      judgement: {
        change: { type: 'removed', before: redis },
        known: true,
        peers: [{ ...redis, address: '0.0.0.0', exposure: 'open' }],
      },
      expect: undefined,
    },
    {
      name: "a client's UDP port",
      judgement: { change: { type: 'removed', before: { ...sshd, protocol: 'udp', ephemeral: true } }, known: true },
      expect: undefined,
    },
  ],
});

function isService(row: SocketRow): boolean {
  return row.unitNow.endsWith('.service');
}

function covers(other: SocketRow, row: SocketRow): boolean {
  return other.address === row.address || isEverywhere(other);
}
