/** A port was opened that is not in the baseline. See docs/rules/new-listener.md. */

import { visible } from '#lib/escape.ts';
import { type Severity, severities } from '#model/finding.ts';
import { defineRule, type Judgement } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { isInterpreter, weigh } from './listener-weight.ts';
import { isOddSocket } from './odd-unix-socket.ts';
import { dockerSocket, editor, plantedNc, python, redis, sshd } from './sample-row.ts';
import { about, filterWords, origin, place, program, reach, thing } from './socket-words.ts';

/** What #formats/stable-names.ts makes of a name by autobind (unix(7)). */
const AUTOBIND = '@*';

export default defineRule<SocketRow>({
  id: 'new-listener',
  doc: 'A program opened a port that is not in the baseline.',
  on: 'sockets',
  table: sockets,
  attack: ['T1571', 'T1133'],
  types: ['added'],
  judge(judgement) {
    const local = newUnixListener(judgement);
    if (local !== undefined) return local;
    const arrival = arrivalOf(judgement);
    if (arrival?.kind !== 'new' && arrival?.kind !== 'moved') return undefined;
    const { row } = arrival;
    const { why } = weigh(row);
    return {
      ...about(row),
      severity: severityOf(arrival),
      title: titleOf(arrival),
      why: `${origin(row)} ${why}${filterWords(row)}`,
    };
  },
  samples: [
    {
      name: 'nc from /tmp on every address',
      judgement: { change: { type: 'added', after: plantedNc } },
      expect: 'critical',
    },
    {
      name: "Debian's nc on every address, run by www-data",
      judgement: {
        change: {
          type: 'added',
          after: {
            ...plantedNc,
            exe: '/usr/bin/nc.traditional',
            exeNow: '/usr/bin/nc.traditional',
            exePlace: '',
            package: 'netcat-traditional',
            packageState: 'packaged',
          },
        },
      },
      expect: 'critical',
    },
    {
      name: 'a packaged service on every address',
      judgement: { change: { type: 'added', after: sshd } },
      expect: 'medium',
    },
    {
      name: 'a packaged service on every address, closed by the packet filter',
      judgement: {
        change: {
          type: 'added',
          after: { ...sshd, exposure: 'filtered', exposureWhy: 'policy drop of chain inet f input' },
        },
      },
      expect: 'low',
    },
    {
      name: 'the file of a packaged service was exchanged',
      judgement: { change: { type: 'added', after: { ...sshd, packageState: 'altered' } } },
      expect: 'critical',
    },
    { name: 'a packaged service on loopback', judgement: { change: { type: 'added', after: redis } }, expect: 'info' },
    {
      name: "an editor's server in the home of its user, on loopback",
      judgement: { change: { type: 'added', after: editor } },
      expect: 'low',
    },
    {
      name: "an editor's server on every address",
      judgement: { change: { type: 'added', after: { ...editor, address: '0.0.0.0', exposure: 'open' } } },
      expect: 'high',
    },
    {
      name: 'a program in the home of another user',
      judgement: { change: { type: 'added', after: { ...editor, user: 'root', runsAs: 'root', uid: 0 } } },
      expect: 'medium',
    },
    {
      name: "root's own python on loopback",
      judgement: { change: { type: 'added', after: python } },
      expect: 'medium',
    },
    {
      name: 'the same python, run by the user of a service',
      judgement: { change: { type: 'added', after: { ...python, user: 'www-data', runsAs: 'www-data', uid: 33 } } },
      expect: 'high',
    },
    {
      name: 'a script of a packaged Node on every address',
      judgement: {
        change: {
          type: 'added',
          after: { ...sshd, exe: '/usr/bin/node', exeNow: '/usr/bin/node', comm: 'node-MainThread', package: 'nodejs' },
        },
      },
      expect: 'high',
    },
    {
      name: 'the same python, where everyone may write',
      judgement: { change: { type: 'added', after: { ...python, exePlace: '/tmp' } } },
      expect: 'high',
    },
    {
      name: 'a high UDP port that a packaged program keeps open',
      judgement: {
        change: { type: 'added', after: { ...sshd, protocol: 'udp', state: 'UNCONN', port: 40_001, ephemeral: true } },
      },
      expect: 'low',
    },
    {
      name: 'the same program, started by hand instead of by its unit',
      judgement: {
        change: { type: 'added', after: { ...sshd, unit: 'session-*.scope', unitNow: 'session-3.scope' } },
        replaced: sshd,
      },
      expect: 'low',
    },
    {
      name: 'a known listener came back',
      judgement: { change: { type: 'added', after: sshd }, known: true },
      expect: undefined,
    },
    {
      name: 'an abstract Unix socket of a program from no package',
      judgement: {
        change: {
          type: 'added',
          after: { ...dockerSocket, path: '@x', pathNow: '@x', mode: '', owner: '', packageState: 'unpackaged' },
        },
      },
      expect: 'low',
    },
    {
      name: 'a name by autobind',
      judgement: {
        change: {
          type: 'added',
          after: { ...dockerSocket, path: '@*', pathNow: '@01176', packageState: 'unpackaged' },
        },
      },
      expect: undefined,
    },
    {
      name: 'a Unix socket of a packaged service',
      judgement: { change: { type: 'added', after: dockerSocket } },
      expect: undefined,
    },
    {
      name: 'a Unix socket that odd-unix-socket tells of',
      judgement: {
        change: {
          type: 'added',
          after: { ...dockerSocket, path: '/tmp/x', pathNow: '/tmp/x', packageState: 'unpackaged' },
        },
      },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: plantedNc }, learning: true },
      expect: undefined,
    },
    {
      name: "a resolver's question at the first look after a restart",
      judgement: {
        change: { type: 'added', after: { ...sshd, protocol: 'udp', port: 40_001, ephemeral: true, early: true } },
      },
      expect: undefined,
    },
  ],
});

/** A Unix socket of a program that nothing vouches for; those of packaged programs differ in `baseline compare` only. */
function newUnixListener({ change, known, learning }: Judgement<SocketRow>) {
  if (change.type !== 'added' || known || learning || change.after.family !== 'unix') return undefined;
  const row = change.after;
  // The kernel gave the name, nobody knows it: a client.
  if (row.path === AUTOBIND) return undefined;
  if ((row.packageState === 'packaged' && !isInterpreter(row)) || isOddSocket(row)) return undefined;
  const severity: Severity = 'low';
  return {
    ...about(row),
    severity,
    title: `${program(row)} listens on ${thing(row)}${place(row)}`,
    why: `${origin(row)} Programs on this host can talk to it${row.path.startsWith('@') ? ', whoever runs them: a name that is no file has no permissions' : ''}.`,
  };
}

function severityOf({ kind, row }: Arrival) {
  const { severity } = weigh(row);
  const quiet = row.packageState === 'packaged' && (row.ephemeral || kind === 'moved');
  return quiet && severities.indexOf(severity) > 1 ? 'low' : severity;
}

function titleOf({ kind, row, other }: Arrival): string {
  const where = `${reach(row)}${place(row)}`;
  if (kind !== 'moved' || other === undefined) return `${program(row)} opened ${thing(row)} ${where}`;
  const from = visible(other.unitNow || other.user);
  const to = visible(row.unitNow || row.user);
  return `${program(row)} opened ${thing(row)} again ${where}, now as ${to} instead of ${from}`;
}
