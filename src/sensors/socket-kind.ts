/** Which sockets are rows, and what their numbers are called. */

import type { RawSocket } from '#model/host.ts';

/**
 * True for what can receive and has a name: listening TCP, unconnected UDP, raw, packet, named netlink, Unix listeners
 * and bound Unix datagram sockets. Connected Unix streams carry the path of their listener and are none.
 */
export function receives(socket: RawSocket): boolean {
  switch (socket.family) {
    case 'inet':
    case 'inet6':
      return receivesFromNetwork(socket);
    case 'unix':
      if (socket.path === '') return false;
      // A connect() to it makes the kernel call a datagram socket established; it still receives (unix_dgram_connect).
      return socket.protocol === 'dgram' || socket.state === 'LISTEN';
    case 'packet':
      return true;
    case 'netlink':
    default:
      return socket.portId !== 0 && netlinkProtocols[socket.number] !== undefined;
  }
}

function receivesFromNetwork(socket: RawSocket): boolean {
  if (socket.protocol === 'tcp') return socket.state === 'LISTEN';
  if (socket.protocol === 'raw') return true;
  return socket.localPort !== 0 && socket.state !== 'ESTAB' && socket.remotePort === 0;
}

/** include/uapi/linux/netlink.h; sockets of other numbers are not told. */
const netlinkProtocols: Readonly<Record<number, string>> = {
  0: 'route',
  2: 'usersock',
  4: 'sock_diag',
  5: 'nflog',
  6: 'xfrm',
  7: 'selinux',
  8: 'iscsi',
  9: 'audit',
  10: 'fib_lookup',
  11: 'connector',
  12: 'netfilter',
  15: 'kobject_uevent',
  16: 'generic',
  18: 'scsitransport',
  20: 'rdma',
  21: 'crypto',
};

/** IANA protocol numbers that are met in raw sockets; others are shown as their number. */
const ipProtocols: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmp6',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  132: 'sctp',
  255: 'any',
};

/** include/uapi/linux/if_ether.h. */
const etherTypes: Readonly<Record<number, string>> = {
  1: '802.3',
  3: 'all',
  4: '802.2',
  0x0800: 'ip',
  0x0806: 'arp',
  0x86dd: 'ipv6',
  0x888e: '802.1x',
  0x8892: 'profinet',
  0x88a8: '802.1ad',
  0x88cc: 'lldp',
  0x88f7: 'ptp',
  0x8100: 'vlan',
};

/** What stands in the column `path` for a socket without one: "icmp", "all", "route"; "" for TCP and UDP. */
export function numberName(socket: Pick<RawSocket, 'family' | 'protocol' | 'number'>): string {
  if (socket.family === 'packet') {
    if (socket.number === 0) return 'none';
    return etherTypes[socket.number] ?? `0x${socket.number.toString(16).padStart(4, '0')}`;
  }
  if (socket.family === 'netlink') return netlinkProtocols[socket.number] ?? String(socket.number);
  return socket.protocol === 'raw' ? (ipProtocols[socket.number] ?? String(socket.number)) : '';
}
