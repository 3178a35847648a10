/**
 * Can a port be reached from outside, as far as the rules of the packet filter can be read? Prefers "cannot tell":
 * what is said to be filtered is filtered for everybody. See docs/formats/exposure.md.
 */

import { spawnSync } from 'node:child_process';
import { isIPv4 } from 'node:net';
import { parseIptablesSave } from '#formats/iptables-save.ts';
import { parseNftRuleset } from '#formats/nft-ruleset.ts';
import type { FilterChain, PacketFilter } from '#formats/packet-filter.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { type Clock, type Exposure, type Failure, type Files, isFailure } from '#model/host.ts';
import { filterVerdict } from './filter-verdict.ts';
import { FIRST_GENERATION, knownGeneration, nftGeneration, nftHasTables } from './nft-generation.ts';

/** What is asked: a socket's namespace, and what it is bound to. */
export interface Bound {
  readonly namespace: number;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** Runs a program without a shell; undefined when it is not there, fails or takes too long. */
export type RunProgram = (program: string, args: readonly string[]) => string | undefined;

export interface ExposureParts {
  readonly files: Files;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Does something synchronous in a network namespace (setns there and back). */
  within<T>(namespace: number, act: () => T): T | Failure;
  readonly run?: RunProgram;
  readonly generation?: () => number | Failure;
  readonly hasTables?: () => boolean;
}

/** The generation of the rules is asked for at most this often. */
const CHECK_MS = 1000;
/** Without a generation (no rights, rules of the old kernel side) rules are read again this often. */
const REREAD_MS = 30_000;
const MAX_NAMESPACES = 1024;
const MAX_ANSWERS = 16_384;
const MAX_OUTPUT_BYTES = 32 << 20;
const TIMEOUT_MS = 3000;

interface Known {
  readonly filter: PacketFilter;
  readonly generation: number | undefined;
  readonly legacy: boolean;
  readonly readMs: number;
  checkedMs: number;
  readonly answers: BoundedMap<string, Exposure>;
}

/** Rules are read when they are first asked for, and again only when they changed. */
export function openExposure(parts: ExposureParts): (at: Bound) => Exposure {
  const namespaces = new BoundedMap<number, Known>(MAX_NAMESPACES);
  return (at) => {
    if (isLoopback(at.address)) return { answer: 'local', why: 'bound to loopback' };
    const known = current(parts, namespaces, at.namespace);
    if (isFailure(known))
      return { answer: 'cannot tell', why: `its network namespace cannot be entered (${known.error})` };
    const key = `${at.protocol} ${at.address} ${at.port}`;
    const answered = known.answers.get(key);
    if (answered !== undefined) return answered;
    const answer = answerFor(known.filter, at);
    known.answers.set(key, answer);
    return answer;
  };
}

function current(parts: ExposureParts, namespaces: BoundedMap<number, Known>, namespace: number): Known | Failure {
  const nowMs = parts.clock.monotonicMs();
  const known = namespaces.get(namespace);
  if (known !== undefined && nowMs - known.checkedMs < CHECK_MS) return known;
  const made = parts.within(namespace, () => {
    const generation = knownGeneration((parts.generation ?? nftGeneration)());
    const legacy = hasLegacy(parts.files, '') || hasLegacy(parts.files, '6');
    const dated = generation === undefined || legacy;
    const same = known !== undefined && known.generation === generation && known.legacy === legacy;
    if (same && (!dated || nowMs - known.readMs < REREAD_MS)) {
      known.checkedMs = nowMs;
      return known;
    }
    const filter = readFilter(parts, generation);
    return {
      filter,
      generation,
      legacy,
      readMs: nowMs,
      checkedMs: nowMs,
      answers: new BoundedMap<string, Exposure>(MAX_ANSWERS),
    };
  });
  if (!isFailure(made) && made !== known) namespaces.set(namespace, made);
  return made;
}

/** A table of the old kernel side of iptables is loaded: its rules are not among those that nft lists. */
function hasLegacy(files: Files, six: '' | '6'): boolean {
  const names = files.read(`/proc/thread-self/net/ip${six}_tables_names`);
  return !isFailure(names) && names.length > 0;
}

function readFilter(parts: ExposureParts, generation: number | undefined): PacketFilter {
  const chains: FilterChain[] = [];
  const doubts: string[] = [];
  const take = (filter: PacketFilter | undefined, doubt: string): void => {
    if (filter === undefined) doubts.push(doubt);
    chains.push(...(filter?.chains ?? []));
    doubts.push(...(filter?.doubts ?? []));
  };
  const run = parts.run ?? runProgram;
  if (generation !== FIRST_GENERATION && (parts.hasTables ?? nftHasTables)())
    take(readNft(run), 'rules of nf_tables, which nft (package nftables) would show');
  for (const [six, family] of [
    ['', 4],
    ['6', 6],
  ] as const) {
    if (!hasLegacy(parts.files, six)) continue;
    const text = run(`/usr/sbin/ip${six}tables-legacy-save`, []) ?? run(`/usr/sbin/ip${six}tables-save`, []);
    take(
      text === undefined ? undefined : parseIptablesSave(text, family, true),
      `rules that ip${six}tables-save would show`,
    );
  }
  return { chains, doubts };
}

/** The rules by nft; chains that iptables-nft made are better told by iptables-save; without nft, by that alone. */
function readNft(run: RunProgram): PacketFilter | undefined {
  const text = run('/usr/sbin/nft', ['-j', '-t', 'list', 'ruleset']);
  const ruleset = text === undefined ? undefined : withoutOurs(parseNftRuleset(text));
  // Without nft, rules that iptables did not make would stay unseen.
  if (ruleset === undefined || !ruleset.usesXt) return ruleset;
  const saved = [savedByIptables(run, 4), savedByIptables(run, 6)].flatMap((filter) => filter?.chains ?? []);
  const names = new Set(saved.map((chain) => chain.name));
  return { chains: [...ruleset.chains.filter(({ name }) => !names.has(name)), ...saved], doubts: ruleset.doubts };
}

/**
 * What we put up stops only who was caught, and lets nobody in: a port that others can reach stays open. Somebody else's
 * table of such a name could only hide that a port is closed.
 */
const OURS = /^inet telltale-(?:answers|hears)-[0-9a-f]{12} /;

function withoutOurs<T extends PacketFilter>(filter: T): T {
  return { ...filter, chains: filter.chains.filter(({ name }) => !OURS.test(name)) };
}

function savedByIptables(run: RunProgram, family: 4 | 6): PacketFilter | undefined {
  const text = run(`/usr/sbin/ip${family === 6 ? '6' : ''}tables-nft-save`, []);
  return text === undefined ? undefined : parseIptablesSave(text, family);
}

function answerFor(filter: PacketFilter, at: Bound): Exposure {
  const wildcard = at.address === '0.0.0.0' || at.address === '::' || at.address === '';
  const knock = { protocol: at.protocol, port: at.port, address: wildcard ? '' : at.address };
  if (!at.address.includes(':')) return filterVerdict(filter, { ...knock, family: 4 });
  const six = filterVerdict(filter, { ...knock, family: 6 });
  // A socket on :: takes IPv4 as well, unless it asked not to; which one cannot be told.
  if (at.address !== '::' || six.answer === 'open') return six;
  const four = filterVerdict(filter, { ...knock, family: 4 });
  return four.answer === six.answer || four.answer === 'open'
    ? four
    : { answer: 'cannot tell', why: `IPv4: ${four.why}; IPv6: ${six.why}` };
}

function isLoopback(address: string): boolean {
  const bare = address.toLowerCase().replace(/^::ffff:/, '');
  return isIPv4(bare) ? bare.startsWith('127.') : bare === '::1';
}

function runProgram(program: string, args: readonly string[]): string | undefined {
  const ran = spawnSync(program, args, {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return ran.status === 0 && ran.error === undefined ? ran.stdout : undefined;
}
