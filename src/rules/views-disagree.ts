/** Two views of this host tell different things. See docs/rules/views-disagree.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding, Who } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type DisagreementRow, disagreements, noProcess } from '#sensors/disagreements.ts';

type Words = Pick<Finding, 'severity' | 'title' | 'why' | 'next'>;

/** Where a release, a clone and the settings of tracing agree: instances are named after their owner. */
const TRACING = 'cat /sys/kernel/tracing/instances/telltale-*/tracing_on';

const hidden: DisagreementRow = {
  thing: 'listener',
  shownBy: 'events',
  name: 'tcp 0.0.0.0:4444',
  namespace: 'host',
  exe: '/usr/bin/nc',
  sinceMs: 1_763_000_000_000,
  proof: 'process 4711 holds socket 812345, which no listing has',
  port: 4444,
  pid: 4711,
  comm: 'nc',
  user: 'www-data',
  uid: 33,
  cmdline: 'nc -l -p 4444',
  unit: 'nginx.service',
  package: 'netcat-openbsd',
  parents: ['sh (4700)'],
  exeNow: '/usr/bin/nc',
  startedMs: 1_763_000_000_000,
};
const file: DisagreementRow = {
  ...hidden,
  ...noProcess,
  thing: 'file',
  name: '/usr/lib/.x/agent',
  namespace: '',
  exe: '',
  proof: 'it can be opened by its name, and its folder does not list it',
};

const unequal: DisagreementRow = {
  ...hidden,
  thing: 'socket',
  shownBy: '/proc/net',
  name: 'udp 0.0.0.0:5353',
  port: 5353,
  proof: 'socket 812345 stands in /proc/net only, in 4 readings of both',
};

const wordsOf: Readonly<Record<string, (row: DisagreementRow) => Words>> = {
  file: hiddenFile,
  listener: listenerWords,
  socket: socketWords,
};

export default defineRule<DisagreementRow>({
  id: 'views-disagree',
  doc: 'Kernel or file events and the looks at this host tell different things.',
  on: 'disagreements',
  table: disagreements,
  attack: ['T1014', 'T1562.006'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    const { thing, shownBy, name, namespace, exe, proof } = row;
    const words = wordsOf[thing]?.(row);
    if (words === undefined) return undefined;
    return {
      ...words,
      dangerous: true,
      subject: [thing, shownBy, name, namespace, exe].filter((part) => part !== '').join(' '),
      facts: { shownBy, proof, ...(thing === 'file' ? { file: name } : row.port > 0 ? { port: row.port } : {}) },
      ...(row.pid > 0 && { who: whoOf(row) }),
    };
  },
  samples: [
    {
      name: 'a listener that no listing has',
      judgement: { change: { type: 'added', after: hidden } },
      expect: 'critical',
    },
    {
      name: 'in the first look of the table',
      judgement: { change: { type: 'added', after: hidden }, learning: true },
      expect: 'critical',
    },
    {
      name: 'a listener that no event told of',
      judgement: { change: { type: 'added', after: { ...hidden, shownBy: 'look' } } },
      expect: 'high',
    },
    { name: 'a file that no listing has', judgement: { change: { type: 'added', after: file } }, expect: 'critical' },
    {
      name: 'a UDP socket that ss does not show',
      judgement: { change: { type: 'added', after: unequal } },
      expect: 'critical',
    },
    {
      name: 'a Unix socket that netstat does not show',
      judgement: {
        change: { type: 'added', after: { ...unequal, shownBy: 'sock_diag', name: 'unix /run/x.sock', port: 0 } },
      },
      expect: 'critical',
    },
    { name: 'accepted', judgement: { change: { type: 'added', after: hidden }, known: true }, expect: undefined },
    { name: 'the views agree again', judgement: { change: { type: 'removed', before: hidden } }, expect: undefined },
  ],
});

function listenerWords(row: DisagreementRow): Words {
  const where = `${visible(row.name)}${row.namespace === 'host' ? '' : ` in ${visible(row.namespace)}`}`;
  const program = shorten(visible(row.exeNow.slice(row.exeNow.lastIndexOf('/') + 1) || row.comm || 'A process'), 60);
  if (row.shownBy === 'look')
    return {
      severity: 'high',
      title: `${program} listens on ${where}, and no event told that it began`,
      why: 'The kernel tells us of every listener, at once, and says that it lost nothing; this one was found by looking. Somebody may have switched our tracing off, which is how an intruder goes on unseen: what lives shorter than a look was not told since then.',
      next: `${TRACING}; ls -l /proc/${row.pid}/exe; telltale sockets port ${row.port}`,
    };
  return {
    severity: 'critical',
    title: `${program} listens on ${where}, and no listing of sockets shows it`,
    why: `The kernel told that it began to listen and did not tell of an end; ${visible(row.proof)}: neither ss nor /proc/net, twice. Only something in the kernel does that. Do not trust what this host says of itself from here on.`,
    next: `ls -l /proc/${row.pid}/exe /proc/${row.pid}/fd; ss -ltnp; telltale show modules; telltale show ebpf`,
  };
}

function socketWords(row: DisagreementRow): Words {
  const where = `${visible(row.name)}${row.namespace === 'host' ? '' : ` in ${visible(row.namespace)}`}`;
  const program = shorten(visible(row.exeNow.slice(row.exeNow.lastIndexOf('/') + 1) || row.comm || 'A process'), 60);
  const [hiddenFrom, shownTo] =
    row.shownBy === 'sock_diag' ? ['netstat and /proc/net', 'ss'] : ['ss', 'netstat and /proc/net'];
  const netstat = row.name.startsWith('unix') ? 'cat /proc/net/unix' : 'cat /proc/net/udp /proc/net/udp6';
  return {
    severity: 'critical',
    title: `${program} holds ${where}, hidden from ${hiddenFrom}`,
    why: `The kernel lists its sockets in two ways that cannot differ: ${visible(row.proof)}. ${shownTo} shows it, and one filter of a rootkit in the kernel takes it out of the other. Do not trust what this host says of itself from here on.`,
    next: `${row.pid > 0 ? `ls -l /proc/${row.pid}/exe /proc/${row.pid}/fd; ` : ''}ss -aunxp; ${netstat}; telltale show modules; telltale show ebpf; telltale show kernel-hooks`,
  };
}

function hiddenFile(row: DisagreementRow): Words {
  const folder = row.name.slice(0, row.name.lastIndexOf('/')) || '/';
  return {
    severity: 'critical',
    title: `A hidden file: ${shorten(visible(row.name), 160)} is there, and its folder does not list it`,
    why: 'Whoever knows its name can open it, and "ls" does not show it: in two looks, while the file stayed the same. Only a rootkit does that, in the kernel or as a library in every program. Do not trust what this host says of itself from here on.',
    next: `stat -- ${shellQuote(row.name)}; ls -la -- ${shellQuote(folder)}; cat /etc/ld.so.preload; telltale show modules`,
  };
}

function whoOf(row: DisagreementRow): Who {
  const { pid, comm, cmdline, user, uid, parents, unit, package: owner, startedMs } = row;
  return { pid, exe: row.exeNow, comm, cmdline, user, uid, parents, unit, package: owner, session: '', startedMs };
}
