/** Addresses of this host: RTM_GETADDR of rtnetlink(7), include/uapi/linux/if_addr.h. */

import { dumpRequest, eachAttribute, type NetlinkMessage } from './netlink-message.ts';

const RTM_GETADDR = 22;
const RTM_NEWADDR = 20;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/** Asks for the addresses of all interfaces, IPv4 and IPv6. */
export function addressRequest(): Buffer {
  return dumpRequest(RTM_GETADDR, Buffer.alloc(8));
}

/** The address as 8 or 32 hexadecimal digits; undefined where the message holds none. */
export function readAddress(bytes: Buffer, message: NetlinkMessage): string | undefined {
  if (message.type !== RTM_NEWADDR || message.end - message.start < 8) return undefined;
  let address: string | undefined;
  let local: string | undefined;
  // struct ifaddrmsg is 8 bytes. On a point-to-point link IFA_ADDRESS is the other side's.
  eachAttribute(bytes, message.start + 8, message.end, (type, start, end) => {
    if (end - start !== 4 && end - start !== 16) return;
    if (type === IFA_ADDRESS) address = bytes.toString('hex', start, end);
    if (type === IFA_LOCAL) local = bytes.toString('hex', start, end);
  });
  return local ?? address;
}
