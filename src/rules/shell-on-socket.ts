/** A shell or interpreter takes its commands from a network connection. See docs/rules/shell-on-socket.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, programName, startedBy, userOf } from './program-words.ts';
import { service, shell } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'shell-on-socket',
  doc: 'A shell or interpreter takes its commands from a network connection.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1059.004', 'T1571'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'socket as input') return undefined;
    const row = change.after;
    const remote = shorten(visible(row.detail), 60);
    return {
      ...aboutSign(row),
      severity: 'critical',
      dangerous: true,
      title: `${programName(row)}, run by ${userOf(row)}, takes its commands from a connection with ${remote}`,
      why: `Its input and output are a network connection instead of a terminal: whoever is at the other end types commands here as ${userOf(row)}. That is a reverse or bind shell; services started by inetd are the exception. ${startedBy(row)}`,
      next: `telltale processes pid ${row.pid} --tree; telltale sockets -a pid ${row.pid}`,
      ...sourceOf(row.detail),
    };
  },
  samples: [
    {
      name: 'a reverse shell',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, sign: 'socket as input', value: 'connection', detail: '203.0.113.9:4444' },
        },
      },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, sign: 'socket as input', value: 'connection', detail: '[2001:db8::1]:443' },
        },
        learning: true,
      },
      expect: 'critical',
    },
    {
      name: 'accepted before',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, sign: 'socket as input', value: 'connection', detail: '203.0.113.9:4444' },
        },
        known: true,
      },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

/** "203.0.113.9:4444" and "[2001:db8::1]:443" as the other side. */
function sourceOf(detail: string) {
  const match = /^\[?([0-9a-f.:]{2,45}?)\]?:(\d{1,5})$/.exec(detail);
  return match === null ? {} : { source: { ip: match[1] ?? '', port: Number(match[2]) } };
}
