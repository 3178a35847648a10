/** All sockets of one network namespace: by sock_diag, and by the text of /proc/net where the kernel has no better. */

import type { NetlinkMessage } from '#formats/netlink-message.ts';
import { parseProcNetIp } from '#formats/proc-net-ip.ts';
import { parseProcNetNetlink } from '#formats/proc-net-netlink.ts';
import { parseProcNetPacket } from '#formats/proc-net-packet.ts';
import { parseProcNetUnix } from '#formats/proc-net-unix.ts';
import {
  boundByNumberRequest,
  type Dump,
  dumps,
  type Intake,
  inodeOfAnswer,
  readAnswer,
  sockDiagRequest,
  tcpRequest,
} from '#formats/sock-diag.ts';
import { addRawSocket, receives } from '#formats/socket-rows.ts';
import type { Parsed } from '#lib/parse-lines.ts';
import type { Slicer } from '#lib/slicer.ts';
import type { Failure, RawSocket } from '#model/host.ts';
import { isFailure } from '#model/host.ts';
import type { Gap } from '#model/sensor.ts';
import { type Netlink, openNetlink } from './netlink.ts';

const NETLINK_SOCK_DIAG = 4;
const UDP = 17;

/** Reads a file of /proc/net as the namespace sees it. */
export type ReadNet = (file: string) => Buffer | Failure;

/**
 * What was opened inside of a namespace, to be read after leaving it: the netlink socket stays in its namespace, the
 * texts were read there.
 */
export interface Opened {
  readonly netlink: Netlink | Failure;
  readonly text: ReadonlyMap<string, Buffer | Failure>;
}

/** Files that are read as text in any case: INET_RAW_DIAG is a module that many kernels lack. */
const ALWAYS_TEXT = ['raw', 'raw6'] as const;

/** Opens what a snapshot needs; call it while the thread is in the namespace. `readNet` reads that namespace's files. */
export function openSockets(readNet: ReadNet): Opened {
  const netlink = openSockDiag();
  const files = isFailure(netlink) ? [...ALWAYS_TEXT, ...dumps.map(({ name }) => name)] : ALWAYS_TEXT;
  return { netlink, text: new Map(files.map((file) => [file, readNet(file)])) };
}

/** What became of a look at one namespace. */
export interface Outcome {
  readonly gaps: readonly Gap[];
  readonly by: 'sock_diag' | '/proc/net';
}

/** Takes all sockets into the columns. `readNet` is asked again for families that sock_diag refuses. */
export async function takeSockets(opened: Opened, wanted: Intake, readNet: ReadNet, slicer: Slicer): Promise<Outcome> {
  const gaps: Gap[] = [];
  let refused = 0;
  const ownPort = isFailure(opened.netlink) ? {} : { ownPort: opened.netlink.portId };
  const intake: Intake = { ...wanted, ...ownPort, netlinkSeen: new Set() };
  const bothTaken = await takeBothTcp(opened.netlink, intake, slicer);
  for (const dump of dumps) {
    if (bothTaken && dump.protocol === 6) continue;
    const before = intake.columns.length;
    const failure = await takeDump(opened.netlink, dump, intake, slicer);
    if (failure === undefined) continue;
    intake.columns.truncate(before);
    // The kernel may lack the module of a family (udplite is gone in 7.x): then its file is missing as well.
    refused += 1;
    const text = opened.text.get(dump.name) ?? readNet(dump.name);
    await takeText({ file: dump.name, text, why: failure.error }, intake, gaps, slicer);
  }
  for (const file of ALWAYS_TEXT) {
    await takeText({ file, text: opened.text.get(file) ?? readNet(file), why: '' }, intake, gaps, slicer);
  }
  return { gaps, by: refused === dumps.length ? '/proc/net' : 'sock_diag' };
}

/** False, and nothing taken, where the kernel does not answer for both families at once: then each is asked for. */
async function takeBothTcp(netlink: Netlink | Failure, intake: Intake, slicer: Slicer): Promise<boolean> {
  if (isFailure(netlink)) return false;
  const before = intake.columns.length;
  const [tcp] = dumps;
  const failure = await netlink.dump(
    tcpRequest(intake.what),
    (bytes, message) => readAnswer(bytes, message, tcp, intake),
    slicer,
  );
  if (failure !== undefined) intake.columns.truncate(before);
  return failure === undefined;
}

async function takeDump(
  netlink: Netlink | Failure,
  dump: Dump,
  intake: Intake,
  slicer: Slicer,
): Promise<Failure | undefined> {
  if (isFailure(netlink)) return netlink;
  const request = sockDiagRequest(dump, intake.what);
  return netlink.dump(request, (bytes, message) => readAnswer(bytes, message, dump, intake), slicer);
}

interface Text {
  readonly file: string;
  readonly text: Buffer | Failure;
  /** Why sock_diag did not do; "" where it was not asked. */
  readonly why: string;
}

async function takeText({ file, text, why }: Text, intake: Intake, gaps: Gap[], slicer: Slicer): Promise<void> {
  const path = `/proc/net/${file}`;
  if (isFailure(text)) {
    // No such file: this kernel has no such sockets, so nothing is missed.
    if (text.error !== 'ENOENT')
      gaps.push({ what: path, why: why === '' ? text.error : `${text.error}; sock_diag: ${why}` });
    return;
  }
  const { rows, rejects } = parseNet(file, text.toString('latin1'));
  for (const row of rows) {
    if (intake.what === 'all' || receives(row)) addRawSocket(intake.columns, row, intake.namespace);
    if (slicer.due()) await slicer.pause();
  }
  if (rejects.length > 0) gaps.push({ what: path, why: `${rejects.length} lines could not be read` });
}

/** Opens what `takeBoundByNumber` asks; call it while the thread is in the namespace. */
export function openSockDiag(): Netlink | Failure {
  return openNetlink(NETLINK_SOCK_DIAG, 'sock_diag');
}

/** Inodes of UDP sockets from port `from` on whose port was bound by number; a failure where the kernel does not say. */
export async function takeBoundByNumber(
  netlink: Netlink,
  from: number,
  slicer: Slicer,
): Promise<ReadonlySet<number> | Failure> {
  const inodes = new Set<number>();
  for (const dump of dumps.filter(({ protocol }) => protocol === UDP)) {
    const take = (bytes: Buffer, message: NetlinkMessage): boolean => {
      const inode = inodeOfAnswer(bytes, message);
      if (inode !== undefined) inodes.add(inode);
      return inode !== undefined;
    };
    const failure = await netlink.dump(boundByNumberRequest(dump, from), take, slicer);
    if (failure !== undefined) return failure;
  }
  return inodes;
}

/** Reads one file of /proc/net by its name; bytes as latin1 text. */
export function parseNet(file: string, text: string): Parsed<Omit<RawSocket, 'namespace'>> {
  if (file === 'unix') return parseProcNetUnix(text);
  if (file === 'packet') return parseProcNetPacket(text);
  if (file === 'netlink') return parseProcNetNetlink(text);
  return parseProcNetIp(text, file.replace('6', ''), file.endsWith('6') ? 'inet6' : 'inet');
}
