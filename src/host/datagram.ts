/** One datagram to a Unix socket, as sd_notify(3) wants it; Node has no Unix datagrams. */

import type { Failure } from '#model/host.ts';
import { failureAt, libc, O } from './ffi.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MAX_PATH_BYTES = 107; // unix(7): sun_path is 108 bytes

/** Sends `text` to the socket at `path` ("@name" is abstract); never waits. Undefined when it was taken. */
export function sendUnixDatagram(path: string, text: string): Failure | undefined {
  const name = Buffer.from(path);
  if (name.length === 0 || name.length > MAX_PATH_BYTES) return { error: 'ENAMETOOLONG', path };
  const abstract = name[0] === 0x40;
  if (abstract) name[0] = 0;
  const address = Buffer.concat([Buffer.from(Uint16Array.of(AF_UNIX).buffer), name, Buffer.alloc(abstract ? 0 : 1)]);
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | O.CLOEXEC | O.NONBLOCK, 0);
  if (fd < 0) return failureAt(path);
  const bytes = Buffer.from(text);
  const sent = libc.sendto(fd, bytes, bytes.length, 0x4000 /* MSG_NOSIGNAL */, address, address.length);
  const failure = sent === bytes.length ? undefined : failureAt(path);
  libc.close(fd);
  return failure;
}
