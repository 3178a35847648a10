/** A process reads and writes the memory of another one. See docs/rules/process-traced.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity, Who } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, programName, runOf, startedBy, userOf } from './program-words.ts';
import { implant, service, shell } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'process-traced',
  doc: 'A process reads and writes the memory of another one.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1055.008', 'T1055.009'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    if (row.sign === 'wrote memory') return wroteSomewhere(row);
    return row.sign !== 'traced' || isDebuggedChild(row) ? undefined : reached(row);
  },
  samples: [
    {
      name: 'gdb on an own program',
      judgement: { change: { type: 'added', after: { ...shell, sign: 'traced', value: '/usr/bin/gdb' } } },
      expect: 'low',
    },
    {
      name: 'gdb on what it started itself',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...shell,
            sign: 'traced',
            value: 'written by /usr/bin/gdb',
            byPid: 4700,
            byExe: '/usr/bin/gdb',
            byPackage: 'gdb',
            parents: ['sh (4710)', 'gdb (4700)', 'bash (12)'],
          },
        },
      },
      expect: undefined,
    },
    {
      name: 'something of no package on what it started itself',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...shell,
            sign: 'traced',
            value: '/home/marta/gdb',
            byPid: 4700,
            byExe: '/home/marta/gdb',
            parents: ['gdb (4700)'],
          },
        },
      },
      expect: 'medium',
    },
    {
      name: 'strace on a service',
      judgement: { change: { type: 'added', after: { ...service, sign: 'traced', value: '/usr/bin/strace' } } },
      expect: 'medium',
    },
    {
      name: 'something on a service',
      judgement: { change: { type: 'added', after: { ...service, sign: 'traced', value: '/home/marta/x' } } },
      expect: 'high',
    },
    {
      name: 'something on the agent that holds keys',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, exe: '/usr/bin/ssh-agent', sign: 'traced', value: 'written by /usr/bin/perl' },
        },
      },
      expect: 'high',
    },
    {
      name: 'something read what the agent holds',
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, exe: '/usr/bin/ssh-agent', sign: 'traced', value: 'read by /usr/bin/dd' },
        },
      },
      expect: 'high',
    },
    {
      name: 'known',
      judgement: { change: { type: 'added', after: { ...shell, sign: 'traced', value: '/usr/bin/gdb' } }, known: true },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: {
        change: { type: 'added', after: { ...shell, sign: 'traced', value: '/usr/bin/gdb' } },
        learning: true,
      },
      expect: undefined,
    },
    {
      name: 'something wrote into a process that could not be told',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'wrote memory', value: '' } } },
      expect: 'high',
    },
    {
      name: 'something read what could not be told',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'wrote memory', value: 'read only' } } },
      expect: 'medium',
    },
    {
      name: 'a debugger did',
      judgement: {
        change: { type: 'added', after: { ...shell, exe: '/usr/bin/gdb', sign: 'wrote memory', value: '' } },
      },
      expect: 'low',
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

const DEBUGGER =
  /\/(?:gdb|gdbserver|strace|ltrace|lldb|lldb-server|rr|dlv|perf|valgrind\S*|apport|systemd-coredump|crashpad_handler|chrome_crashpad_handler)$/;
/** They hold keys, passwords or the way to root. */
const KEEPERS =
  /\/(?:ssh-agent|gpg-agent|sshd|sshd-session|sudo|su|login|systemd|gnome-keyring-daemon|polkitd|sssd\S*|gdm\S*)$/;

const DID: Readonly<Record<string, string>> = {
  'written by ': 'wrote to the memory of',
  'read by ': 'read the memory of',
};

function reached(row: OddRow) {
  const [, how, tracer = ''] = /^(written by |read by |)(.*)$/s.exec(row.value) ?? [];
  const by = shorten(visible(tracer), 120);
  // Debuggers attach and write: one deed. That the tracer ran for the first time is part of it.
  const deed = `into ${row.pid} by ${tracer}`;
  return {
    ...aboutSign(row),
    whole: [...(how === '' ? [deed] : []), runOf(Number(row.detail) || 0)],
    ...(how !== '' && { folds: deed }),
    ...byWhom(row),
    severity: severityOf(row),
    title: `${by} ${DID[how ?? ''] ?? 'traces'} ${programName(row)}, run by ${userOf(row)}`,
    why: `Who traces a process sees all that it knows (keys, passwords) and can make it do anything. Debuggers do it; so do programs that steal or inject. ${row.detail === '' ? '' : `It is process ${shorten(visible(row.detail), 40)}. `}${startedBy(row)}`,
  };
}

/** A debugger, as its package ships it, on a program that it started: that one holds nothing of anybody else. */
function isDebuggedChild({ byExe, byPackage, byPid, parents }: OddRow): boolean {
  if (byPid <= 0 || byPackage === '' || !DEBUGGER.test(byExe)) return false;
  return parents.some((name) => name.endsWith(`(${byPid})`));
}

/** Who traces, not who is traced; the row's own process where that one could not be told. */
function byWhom(row: OddRow): { readonly who?: Who; readonly facts?: ReturnType<typeof aboutSign>['facts'] } {
  if (row.byPid <= 0) return {};
  const { byPid: pid, byExe: exe, byComm: comm, byCmdline: cmdline, byUser: user, byUid: uid } = row;
  const { byParents: parents, byStartedMs: startedMs } = row;
  const who = { pid, exe, comm, cmdline, user, uid, parents, startedMs, unit: '', package: row.byPackage, session: '' };
  return { who, facts: { ...aboutSign(row).facts, traced: `${row.comm} (${row.pid})` } };
}

/** The row is the one that wrote. */
function wroteSomewhere(row: OddRow) {
  const read = row.value === 'read only';
  const debugs = DEBUGGER.test(row.exe) && row.packageState === 'packaged';
  return {
    ...aboutSign(row),
    severity: debugs ? ('low' as const) : read ? ('medium' as const) : ('high' as const),
    title: `${programName(row)}, run by ${userOf(row)}, reached for the memory of another process to ${read ? 'read it' : 'write there'}`,
    why: `${read ? 'Keys and passwords stand in the memory of those who use them.' : 'Who writes to the memory of a process can make it do anything.'} Which process it was could not be told: the one that reached was gone at once. ${startedBy(row)}`,
    next: 'ps aux; journalctl -n 50; telltale show odd-processes',
  };
}

function severityOf(row: OddRow): Severity {
  if (KEEPERS.test(row.exe)) return 'high';
  // Anybody may call his program gdb.
  const debugs = DEBUGGER.test(row.value) && (row.byPid <= 0 || row.byPackage !== '');
  if (row.uid >= 1000) return debugs ? 'low' : 'medium';
  return debugs ? 'medium' : 'high';
}
