/** A program reads packets as they come in. See docs/rules/sniffer-opened.md. */

import { visible } from '#lib/escape.ts';
import { type Severity, severities } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { isInterpreter } from './listener-weight.ts';
import { plantedNc, sshd, tcpdump } from './sample-row.ts';
import { about, origin, place, program } from './socket-words.ts';

/** Programs that speak protocols below TCP and UDP by trade. */
const USUAL =
  /\/(?:dhclient|dhcpcd|udhcpc|systemd-networkd|NetworkManager|wpa_supplicant|hostapd|iwd|lldpd|keepalived|conmand|connmand|ping|fping|mtr-packet|traceroute\S*|arping|radvd|ospfd|ospf6d|bird|frr|zebra|dnsmasq|avahi-autoipd|chronyd|ptp4l)$/;
/** Frames of these protocols carry nobody's data. */
const NARROW = new Set(['arp', 'lldp', '802.1x', 'ptp', 'profinet', 'icmp', 'icmp6', 'igmp', 'ospf', 'vrrp', 'pim']);

export default defineRule<SocketRow>({
  id: 'sniffer-opened',
  doc: 'A packet or raw socket was opened: its program can read traffic that is not meant for it.',
  on: 'sockets',
  table: sockets,
  attack: ['T1040', 'T1205.002'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    if (!isSniffer(row)) return undefined;
    return {
      ...about(row),
      severity: severityOf(row),
      title: `${program(row)} reads ${what(row)}${row.interface === '' ? '' : ` of interface ${visible(row.interface)}`}${place(row)}`,
      why: `Such a socket sees traffic before the packet filter does, passwords of plain protocols with it.${filter(row)} ${origin(row)}`,
    };
  },
  samples: [
    { name: 'tcpdump by an administrator', judgement: { change: { type: 'added', after: tcpdump } }, expect: 'medium' },
    {
      name: 'an unpackaged program with a filter, as BPFDoor has one',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...tcpdump,
            exe: '/usr/lib/.cache/x',
            exeNow: '/usr/lib/.cache/x',
            package: '',
            packageState: 'unpackaged',
            filter: 'yes',
          },
        },
      },
      expect: 'critical',
    },
    {
      name: 'an unpackaged program without a filter',
      judgement: { change: { type: 'added', after: { ...tcpdump, package: '', packageState: 'unpackaged' } } },
      expect: 'high',
    },
    {
      name: 'a script of a packaged interpreter',
      judgement: {
        change: { type: 'added', after: { ...tcpdump, exe: '/usr/bin/python3.11', exeNow: '/usr/bin/python3.11' } },
      },
      expect: 'high',
    },
    {
      name: 'the DHCP client',
      judgement: {
        change: {
          type: 'added',
          after: { ...tcpdump, exe: '/usr/sbin/dhclient', exeNow: '/usr/sbin/dhclient', filter: 'yes' },
        },
      },
      expect: 'low',
    },
    {
      name: 'ping',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...tcpdump,
            family: 'inet',
            protocol: 'raw',
            path: 'icmp',
            filter: '',
            exe: '/usr/bin/ping',
            exeNow: '/usr/bin/ping',
          },
        },
      },
      expect: 'low',
    },
    {
      name: 'a socket that only sends',
      judgement: { change: { type: 'added', after: { ...tcpdump, path: 'none' } } },
      expect: undefined,
    },
    {
      name: 'a raw socket that only sends',
      judgement: { change: { type: 'added', after: { ...tcpdump, family: 'inet', protocol: 'raw', path: 'any' } } },
      expect: undefined,
    },
    { name: 'a known one', judgement: { change: { type: 'added', after: tcpdump }, known: true }, expect: undefined },
    { name: 'a listener', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
    {
      name: 'a listener of a planted program',
      judgement: { change: { type: 'added', after: plantedNc } },
      expect: undefined,
    },
  ],
});

/** What gets nothing is there to send: a packet socket of protocol "none", and IPPROTO_RAW ("any"), raw(7). */
function isSniffer(row: SocketRow): boolean {
  return (row.family === 'packet' && row.path !== 'none') || (row.protocol === 'raw' && row.path !== 'any');
}

function severityOf(row: SocketRow): Severity {
  if (row.packageState === 'packaged' && !isInterpreter(row)) {
    return USUAL.test(row.exeNow) || NARROW.has(row.path) ? 'low' : 'medium';
  }
  let level = row.packageState === 'unknown' ? 2 : 3;
  if (row.filter === 'yes' || row.exePlace !== '' || row.exeState === 'memory' || row.exeState === 'deleted')
    level += 1;
  return severities[level] ?? 'critical';
}

function what(row: SocketRow): string {
  if (row.family === 'packet') return row.path === 'all' ? 'every packet' : `every ${visible(row.path)} packet`;
  return `raw ${visible(row.path)} packets`;
}

function filter(row: SocketRow): string {
  if (row.filter === 'no') return ' It has no filter: it takes everything.';
  return row.filter === 'yes'
    ? ' It has a filter and takes only what fits: so do honest programs, and so do back doors that wait for a secret packet.'
    : '';
}
