/** A Unix socket in an odd place, or open to everyone though it should not be. See docs/rules/odd-unix-socket.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { dockerSocket, plantedNc, sshd } from './sample-row.ts';
import { about, origin, place, program, thing } from './socket-words.ts';

const OPEN_PLACE = /^\/(?:tmp|var\/tmp|dev\/shm)\//;
/** Names below /tmp that programs have used for decades, or that tools of developers make all day. */
const HARMLESS = [
  /^\/tmp\/\.(?:X11|ICE|font|XIM)-unix\//,
  /^\/tmp\/ssh-\*\/agent\.\*$/,
  /^\/tmp\/(?:tmux-\*|dbus-\*|pulse-\*|\.s\.PGSQL\.\d+$|mysql\.sock$|mysqlx\.sock$)/,
  /^\/(?:var\/)?tmp\/systemd-private-\*/,
  /^\/tmp\/(?:tsx-|vscode-|pymp-\*|\.(?:org|com)\.(?:chromium|google))/,
];
/** Whoever may connect to one of these is root of the host, or nearly so. */
const POWERFUL =
  /\/(?:docker|containerd|crio|podman|lxd\/unix|incus\/unix|snapd|libvirt-sock|virtqemud-sock|kubelet)[^/]*(?:\.sock(?:et)?|-sock)?$/;
const WORLD_WRITE = 0o002;

export default defineRule<SocketRow>({
  id: 'odd-unix-socket',
  doc: 'A Unix socket lies in an odd place, or everyone may talk to a program of root by it.',
  on: 'sockets',
  table: sockets,
  attack: ['T1559', 'T1611'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || change.after.family !== 'unix' || change.after.path.startsWith('@'))
      return undefined;
    const opened = openedPower(change);
    if (opened !== undefined) return opened;
    if (change.type !== 'added' || known || learning) return undefined;
    return oddPlace(change.after) ?? openToAll(change.after);
  },
  samples: [
    {
      name: "everyone may use Docker's socket",
      judgement: { change: { type: 'added', after: { ...dockerSocket, mode: '0666' } } },
      expect: 'critical',
    },
    {
      name: "Docker's socket was opened to everyone",
      judgement: {
        change: { type: 'changed', before: dockerSocket, after: { ...dockerSocket, mode: '0666' } },
        known: true,
      },
      expect: 'critical',
    },
    {
      name: 'a hidden socket of an unpackaged program in /dev/shm',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...dockerSocket,
            path: '/dev/shm/.s',
            pathNow: '/dev/shm/.s',
            packageState: 'unpackaged',
            mode: '0755',
          },
        },
      },
      expect: 'high',
    },
    {
      name: 'a packaged program in /tmp',
      judgement: {
        change: {
          type: 'added',
          after: { ...dockerSocket, path: '/tmp/app.sock', pathNow: '/tmp/app.sock', mode: '0755' },
        },
      },
      expect: 'low',
    },
    {
      name: 'an unpackaged program of root that everyone may talk to',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...dockerSocket,
            path: '/run/agent.sock',
            pathNow: '/run/agent.sock',
            packageState: 'unpackaged',
            mode: '0777',
          },
        },
      },
      expect: 'medium',
    },
    {
      name: "Docker's socket as shipped",
      judgement: { change: { type: 'added', after: dockerSocket } },
      expect: undefined,
    },
    {
      name: 'the system bus, which is there for everyone',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...dockerSocket,
            path: '/run/dbus/system_bus_socket',
            pathNow: '/run/dbus/system_bus_socket',
            mode: '0666',
          },
        },
      },
      expect: undefined,
    },
    {
      name: 'X11',
      judgement: {
        change: {
          type: 'added',
          after: { ...dockerSocket, path: '/tmp/.X11-unix/X0', pathNow: '/tmp/.X11-unix/X0', mode: '0777' },
        },
      },
      expect: undefined,
    },
    {
      name: 'an abstract name',
      judgement: {
        change: {
          type: 'added',
          after: { ...dockerSocket, path: '@/tmp/x', pathNow: '@/tmp/x', packageState: 'unpackaged' },
        },
      },
      expect: undefined,
    },
    {
      name: 'known',
      judgement: {
        change: { type: 'added', after: { ...dockerSocket, path: '/tmp/x', pathNow: '/tmp/x' } },
        known: true,
      },
      expect: undefined,
    },
    { name: 'a port', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
    {
      name: 'a port of a planted program',
      judgement: { change: { type: 'added', after: plantedNc } },
      expect: undefined,
    },
  ],
});

/** This rule tells of it when it is new, so that no other needs to. */
export function isOddSocket(row: SocketRow): boolean {
  if (row.path.startsWith('@')) return false;
  return (oddPlace(row) ?? openToAll(row)) !== undefined || (POWERFUL.test(row.path) && isOpenToAll(row));
}

function isOpenToAll(row: SocketRow): boolean {
  return row.mode !== '' && (Number.parseInt(row.mode, 8) & WORLD_WRITE) !== 0;
}

/** Dangerous in itself: also in the first look, and also when it was made so later. */
function openedPower(change: Change<SocketRow> & { type: 'added' | 'changed' }) {
  const row = change.after;
  if (!POWERFUL.test(row.path) || !isOpenToAll(row) || row.path.includes('snapd-snap')) return undefined;
  if (change.type === 'changed' && isOpenToAll(change.before)) return undefined;
  if (/\/snapd[^/]*$/.test(row.path)) return undefined;
  const severity: Severity = 'critical';
  return {
    ...about(row),
    severity,
    dangerous: true,
    title: `Everyone may talk to ${program(row)} by ${thing(row)}${place(row)}`,
    why: `Whoever talks to ${program(row)} can start programs as root on this host. Its permissions are ${row.mode}; as shipped, only root and one group may use it. ${origin(row)}`,
  };
}

function oddPlace(row: SocketRow) {
  if (!OPEN_PLACE.test(row.path) || HARMLESS.some((known) => known.test(row.path))) return undefined;
  const hidden = row.path.split('/').some((part) => part.startsWith('.'));
  const shown = shorten(visible(row.pathNow), 120);
  return {
    ...about(row),
    severity: placeSeverity(row, hidden),
    title: `${program(row)} listens on ${thing(row)}${place(row)}`,
    why: `${shown} lies where everyone may write${hidden ? ', under a hidden name' : ''}; services keep their sockets below /run. ${origin(row)}`,
  };
}

function placeSeverity(row: SocketRow, hidden: boolean): Severity {
  if (row.packageState === 'packaged') return 'low';
  return hidden ? 'high' : 'medium';
}

function openToAll(row: SocketRow) {
  if (!isOpenToAll(row) || row.owner !== 'root' || row.runsAs !== 'root' || row.packageState === 'packaged')
    return undefined;
  const severity: Severity = 'medium';
  return {
    ...about(row),
    severity,
    title: `Everyone may talk to ${program(row)} of root by ${thing(row)}${place(row)}`,
    why: `Its permissions are ${row.mode}, and what answers runs as root: a mistake in it is a way to become root. ${origin(row)}`,
  };
}
