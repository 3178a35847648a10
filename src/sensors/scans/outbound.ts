/** Scans that go out from this host: many places asked in little time that do not answer. Pure and bounded. */

import { ICMP, ICMP6, type PacketHeader, SYN, TCP, UDP } from '#formats/packet-header.ts';
import { AgingMap } from '#lib/aging-map.ts';
import type { ProcessFacts } from '#model/host.ts';
import type { HeardPacket } from '#model/packets.ts';
import { keyAt, type SourceKey, textAt } from './address.ts';

/** Whom we asked within this time may come back to us: an FTP server, a mail server that asks for our name. */
const CONTACTED_MS = 10 * 60_000;
const MAX_CONTACTED = 8192;
/** Targets and ports under watch; what moved longest ago goes. */
const MAX_TOPICS = 2048;
const MAX_ASKED = 512;
/** Scanners that are looked for at a time. */
const MAX_FRESH = 4;
/** A topic in which nothing was asked for this long begins anew. */
const IDLE_MS = 60_000;
/** An answer takes no longer; before, nobody knows. */
const ANSWER_MS = 1_500;
/** So many ports of one host, or hosts on one port, of which so large a part did not accept. */
const PORTS_OF_HOST = 15;
const HOSTS_OF_PORT = 30;
/** Monitoring pings many hosts every minute; a sweep asks whole networks. */
const HOSTS_PINGED = 120;
const SHARE = 0.8;

/** One host whose ports, or one port whose hosts, this machine asks. */
export interface Topic {
  readonly what: 'ports' | 'hosts';
  /** The host's address, or the port. */
  readonly name: string;
  /** Ports or hosts asked, with the time; -1 when it was accepted. */
  readonly asked: Map<string, number>;
  readonly technique: 'tcp' | 'udp' | 'ping';
  readonly firstMs: number;
  lastMs: number;
  probes: number;
  told: boolean;
  /** Who it is, looked for while it goes on: a fast scanner is gone when its scan is told. */
  who?: Promise<ProcessFacts | undefined>;
}

export class OutboundBook {
  readonly #contacted = new AgingMap<SourceKey, number>(MAX_CONTACTED);
  readonly #topics = new AgingMap<string, Topic>(MAX_TOPICS);
  readonly #hot = new Set<Topic>();
  readonly #fresh: Topic[] = [];

  get busy(): boolean {
    return this.#hot.size > 0;
  }

  /** Did we speak to them first, a short while ago? */
  contacted(key: SourceKey, nowMs: number): boolean {
    return nowMs - (this.#contacted.get(key) ?? -Infinity) < CONTACTED_MS;
  }

  /** A SYN or a ping of ours (or something stranger) went out. */
  asked(packet: HeardPacket, header: PacketHeader): void {
    const { bytes, timeMs } = packet;
    const { protocol, flags, targetAt, family, targetPort } = header;
    this.#contacted.set(keyAt(bytes, targetAt, family), timeMs);
    const host = textAt(bytes, targetAt, family);
    if (host.startsWith('127.')) return;
    if (protocol === ICMP || protocol === ICMP6) {
      this.#ask(`ping`, { what: 'hosts', name: 'ping', technique: 'ping', asked: host }, timeMs);
      return;
    }
    if (protocol !== TCP) return;
    this.#ask(`host ${host}`, { what: 'ports', name: host, technique: 'tcp', asked: String(targetPort) }, timeMs);
    if ((flags & SYN) !== 0)
      this.#ask(
        `port ${targetPort}`,
        { what: 'hosts', name: String(targetPort), technique: 'tcp', asked: host },
        timeMs,
      );
  }

  /** They answered SYN+ACK. */
  accepted({ bytes }: HeardPacket, { sourceAt, family, sourcePort }: PacketHeader): void {
    const host = textAt(bytes, sourceAt, family);
    accept(this.#topics.get(`host ${host}`), String(sourcePort));
    accept(this.#topics.get(`port ${sourcePort}`), host);
  }

  /** An ICMP error came back: of UDP it is the only thing that is heard. */
  refused(packet: HeardPacket, header: PacketHeader): void {
    if (header.quotedProtocol !== UDP) return;
    const host = textAt(packet.bytes, header.quotedTargetAt, header.family);
    const port = String(header.quotedTargetPort);
    this.#ask(`udp ${host}`, { what: 'ports', name: host, technique: 'udp', asked: port }, packet.timeMs);
  }

  /** Hosts of which many ports were asked since this was called last: it may become a scan. */
  fresh(): readonly Topic[] {
    return this.#fresh.splice(0);
  }

  /** Topics that have become scans now. */
  settle(nowMs: number): readonly Topic[] {
    const ripe: Topic[] = [];
    for (const topic of this.#hot) {
      if (topic.told || nowMs - topic.lastMs > 2 * ANSWER_MS) this.#hot.delete(topic);
      if (topic.told || !isScan(topic, nowMs)) continue;
      topic.told = true;
      ripe.push(topic);
    }
    return ripe;
  }

  forget(topic: Topic): void {
    topic.told = false;
    topic.asked.clear();
    delete topic.who;
  }

  #ask(
    key: string,
    at: { readonly what: Topic['what']; name: string; technique: Topic['technique']; asked: string },
    nowMs: number,
  ): void {
    const known = this.#topics.get(key);
    const { what, name, technique } = at;
    const topic =
      known !== undefined && (known.told || nowMs - known.lastMs < IDLE_MS)
        ? known
        : { what, name, technique, asked: new Map(), firstMs: nowMs, lastMs: nowMs, probes: 0, told: false };
    topic.lastMs = nowMs;
    topic.probes += 1;
    if (topic.asked.size < MAX_ASKED && !topic.asked.has(at.asked)) topic.asked.set(at.asked, nowMs);
    this.#topics.set(key, topic);
    if (topic.told || topic.asked.size < Math.min(PORTS_OF_HOST, HOSTS_OF_PORT)) return;
    // A crawler asks many hosts all day; many ports of one host are rare.
    if (what === 'ports' && !this.#hot.has(topic) && this.#fresh.length < MAX_FRESH) this.#fresh.push(topic);
    this.#hot.add(topic);
  }
}

function accept(topic: Topic | undefined, asked: string): void {
  if (topic?.asked.has(asked) === true) topic.asked.set(asked, -1);
}

/** Asked and not accepted, with time enough to answer. */
export function unanswered(topic: Topic, nowMs: number): number {
  let count = 0;
  for (const askedMs of topic.asked.values()) if (askedMs >= 0 && nowMs - askedMs >= ANSWER_MS) count += 1;
  return count;
}

function isScan(topic: Topic, nowMs: number): boolean {
  const least = topic.what === 'ports' ? PORTS_OF_HOST : HOSTS_OF_PORT;
  if (topic.asked.size < least) return false;
  // What ICMP refuses is known to be closed.
  if (topic.technique === 'ping') return topic.asked.size >= HOSTS_PINGED;
  if (topic.technique !== 'tcp') return true;
  return unanswered(topic, nowMs) >= Math.max(least * SHARE, topic.asked.size * SHARE);
}
