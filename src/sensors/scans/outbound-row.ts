/** A scan that goes out from this host, as a row: with the program that does it, as far as it can be found. */

import { belongingOf } from '#formats/cgroup.ts';
import type { Host, ProcessFacts, SocketSnapshot } from '#model/host.ts';
import type { ScanRow } from '../scan-table.ts';
import { type Topic, unanswered } from './outbound.ts';
import { portList } from './port-list.ts';
import { NOBODY, UNKNOWN_SENDER } from './scan-row.ts';

const LISTED = 32;
const LOOK_MS = 5_000;
/** A scanner that is gone already sent its first probe at most so long after its start. */
const BEFORE_PROBE_MS = 30_000;
/** What people scan with. */
const SCANNER = /\/(?:nmap|nping|masscan|zmap|rustscan|hping3|unicornscan|naabu|fscan|nc\.\w+|ncat)$/;

/** The row; looks at the sockets to find who it is, where that was not found out before. */
export async function rowOfTopic(host: Host, namespace: number, topic: Topic): Promise<ScanRow> {
  const process = (await topic.who) ?? (await programOf(host, namespace, topic));
  const nowMs = host.clock.nowMs();
  const asked = [...topic.asked.keys()];
  const silent = unanswered(topic, nowMs);
  const numbers = asked.map(Number).sort((a, b) => a - b);
  return {
    namespace: host.network.labelOf(namespace),
    form: 'outbound',
    source: process?.exe || process?.comm || 'a program of this host',
    ...nameOf(topic, asked.length, silent),
    option: '',
    also: [],
    addresses: [],
    ...UNKNOWN_SENDER,
    targets: topic.what === 'ports' ? [topic.name] : asked.slice(0, LISTED),
    tried: asked.length,
    closed: silent,
    open: asked.length - silent,
    silent,
    ports: topic.what === 'ports' ? portList(numbers) : topic.name,
    learned: [],
    trapped: [],
    probes: topic.probes,
    unseen: 0,
    verdict: 'ours',
    blockable: false,
    connected: 0,
    likely: '',
    ttl: '',
    firstMs: Math.floor(topic.firstMs),
    lastMs: Math.floor(topic.lastMs),
    firstHeader: '',
    lastHeader: '',
    ...(process === undefined ? NOBODY : whoOf(host, process)),
  };
}

function nameOf({ technique, what }: Topic, asked: number, silent: number): Pick<ScanRow, 'kind' | 'words' | 'score'> {
  if (technique === 'ping') return { kind: 'ping', words: 'ping sweep', score: `${asked} hosts asked` };
  if (what === 'hosts') return { kind: 'sweep', words: 'sweep', score: `${silent} of ${asked} hosts did not accept` };
  const score = `${silent} of ${asked} ports did not accept`;
  return { kind: technique, words: `${technique.toUpperCase()} port scan`, score };
}

function whoOf(host: Host, process: ProcessFacts) {
  const { unit, session } = belongingOf(process.cgroup);
  const { exe, comm, cmdline, pid, user, uid, startedMs } = process;
  const parents = host.processes.parents(pid, 8).map((parent) => `${parent.comm} (${parent.pid})`);
  return { exe, comm, cmdline, scannerPid: pid, user, uid, startedMs, unit, session, parents };
}

/**
 * Who has a connection to one of the targets on its way, else who holds a raw or packet socket, else the one scanner that
 * runs, or ran until a moment ago: connections that are refused at once leave nothing to be seen.
 */
export async function programOf(host: Host, namespace: number, topic: Topic): Promise<ProcessFacts | undefined> {
  // Before anything takes time: it may be gone in some milliseconds.
  const scanner = onlyScanner(host, namespace);
  const signal = AbortSignal.timeout(LOOK_MS);
  const snapshot = await host.network.snapshot({ scope: host.scope, what: 'all', signal }).catch(() => undefined);
  if (snapshot === undefined) return scanner;
  const pid = connecting(snapshot, namespace, topic) ?? rawOwner(host, snapshot, namespace);
  return (pid === undefined ? undefined : host.processes.get(pid)) ?? scanner ?? onlyEnded(host, namespace, topic);
}

function onlyScanner(host: Host, namespace: number): ProcessFacts | undefined {
  const running = host.processes.list().filter(({ exe, namespace: at }) => at === namespace && SCANNER.test(exe));
  return running.length === 1 ? running[0] : undefined;
}

/** The one scanner that ended after the first probe; of one that was gone too soon the namespace is not known (0). */
function onlyEnded(host: Host, namespace: number, { firstMs }: Topic): ProcessFacts | undefined {
  const ended = host.processes
    .ended?.()
    .filter(
      ({ exe, namespace: at, startedMs }) =>
        (at === namespace || at === 0) && SCANNER.test(exe) && startedMs >= firstMs - BEFORE_PROBE_MS,
    );
  return ended?.length === 1 ? ended[0] : undefined;
}

function connecting(snapshot: SocketSnapshot, namespace: number, topic: Topic): number | undefined {
  for (let index = 0; index < snapshot.length; index += 1) {
    const socket = snapshot.at(index);
    if (socket.namespace !== namespace || socket.remotePort === 0) continue;
    const { name, what, asked } = topic;
    const fits =
      what === 'ports'
        ? socket.remoteAddress === name
        : asked.has(socket.remoteAddress) && String(socket.remotePort) === name;
    const [owner] = fits ? snapshot.ownersOf(index) : [];
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function rawOwner(host: Host, snapshot: SocketSnapshot, namespace: number): number | undefined {
  const owners: number[] = [];
  for (let index = 0; index < snapshot.length; index += 1) {
    const socket = snapshot.at(index);
    if (socket.namespace !== namespace || (socket.family !== 'packet' && socket.protocol !== 'raw')) continue;
    owners.push(...snapshot.ownersOf(index).filter((pid) => !host.own.has(pid)));
  }
  // The newest: services that hold one (dhclient) have been there for long.
  return owners.sort((a, b) => startOf(host, b) - startOf(host, a))[0];
}

function startOf(host: Host, pid: number): number {
  return host.processes.get(pid)?.startedMs ?? 0;
}
