/** What a scan is called: the technique in plain words, with the option of nmap that makes it. */

import type { Scan } from './scan.ts';
import { bitCount, isVersionProbing } from './score.ts';
import type { Source } from './source.ts';
import { type Technique, techniques } from './technique.ts';

/** A name; `kind` is stable, for programs. */
export interface Name {
  readonly kind: string;
  readonly words: string;
  readonly option: string;
}

const byTechnique: Readonly<Record<Technique, Name>> = {
  syn: { kind: 'syn', words: 'SYN scan', option: '-sS' },
  connect: { kind: 'connect', words: 'connect scan', option: '-sT' },
  fin: { kind: 'fin', words: 'FIN scan', option: '-sF' },
  null: { kind: 'null', words: 'NULL scan', option: '-sN' },
  xmas: { kind: 'xmas', words: 'Xmas scan', option: '-sX' },
  odd: { kind: 'odd', words: 'scan with odd TCP flags', option: '--scanflags' },
  ack: { kind: 'ack', words: 'ACK or window scan', option: '-sA, -sW' },
  maimon: { kind: 'maimon', words: 'Maimon scan', option: '-sM' },
  udp: { kind: 'udp', words: 'UDP scan', option: '-sU' },
  protocol: { kind: 'protocol', words: 'IP protocol scan', option: '-sO' },
  init: { kind: 'sctp', words: 'SCTP INIT scan', option: '-sY' },
  cookie: { kind: 'sctp-cookie', words: 'SCTP COOKIE-ECHO scan', option: '-sZ' },
  ping: { kind: 'ping', words: 'ping sweep over our addresses', option: '-sn' },
  timestamp: { kind: 'timestamp', words: 'ICMP timestamp probe', option: '-PP' },
  mask: { kind: 'mask', words: 'ICMP address mask probe', option: '-PM' },
};

const OS: Name = { kind: 'os', words: 'OS detection', option: '-O' };
const VERSION: Name = { kind: 'version', words: 'service version probing', option: '-sV' };
const WRONG_SUM: Name = { kind: 'badsum', words: 'probes with wrong checksums', option: '--badsum' };
const FRAGMENTS: Name = { kind: 'fragments', words: 'scan in tiny fragments', option: '-f' };
const OPTIONS: Name = { kind: 'options', words: 'scan with IP options', option: '--ip-options' };
const SWEEP: Name = { kind: 'sweep', words: 'sweep over our addresses', option: '' };
const SLOW: Name = { kind: 'slow', words: 'slow scan', option: '-T0, -T1' };
const ROTATION: Name = { kind: 'rotation', words: 'scan from changing addresses of one IPv6 network', option: '' };
const SPOOFED: Name = {
  kind: 'spoofed',
  words: 'perhaps an idle scan or a forged sender: nothing there reacted to our answers',
  option: '-sI, -S',
};
const DECOYS: Name = { kind: 'decoys', words: 'scan behind decoys', option: '-D' };
const DISTRIBUTED: Name = { kind: 'distributed', words: 'scan shared by many addresses', option: '' };
const RETURN: Name = { kind: 'return', words: 'return of a scanner', option: '' };
const FLOOD: Name = { kind: 'flood', words: 'flood of probes with changing senders', option: '' };

const ROTATING = 3;

/** The name, and the others that fit, the most telling first. */
export function nameOf(scan: Scan, nowMs: number): readonly [Name, ...Name[]] {
  const names: Name[] = [];
  if (scan.form === 'flood') names.push(FLOOD);
  if (scan.form === 'return') return [RETURN];
  if (scan.form === 'decoys') names.push(DECOYS);
  const rotating = scan.form === 'distributed' && typeof scan.name === 'string' && !scan.name.startsWith('list');
  if (scan.form === 'distributed') names.push(rotating ? ROTATION : DISTRIBUTED);
  if (scan.slow) names.push(SLOW);
  for (const source of scan.sources.slice(0, 8)) names.push(...namesOf(source, nowMs));
  const [first = byTechnique.syn, ...rest] = names;
  const seen = new Set([first.kind]);
  return [first, ...rest.filter(({ kind }) => !seen.has(kind) && seen.add(kind))];
}

function namesOf(source: Source, nowMs: number): Name[] {
  const names: Name[] = [];
  if (bitCount(source.osMarks) >= 2) names.push(OS);
  const half = Math.max(1, source.probes / 2);
  if (source.wrongSums >= half) names.push(WRONG_SUM);
  if (source.fragments >= half) names.push(FRAGMENTS);
  if (source.ipOptions >= half) names.push(OPTIONS);
  if (isRotating(source)) names.push(ROTATION);
  // OS detection sends the options of an ordinary connection as well.
  if (isVersionProbing(source) && names[0] !== OS) names.push(VERSION);
  if (isSweep(source)) names.push(SWEEP);
  if (isSlow(source)) names.push(SLOW);
  names.push(...techniqueNames(source));
  if (isForged(source, nowMs)) names.push(SPOOFED);
  return names;
}

/** Those that tried a good part of the places; host discovery sends one packet of several kinds. */
function techniqueNames(source: Source): Name[] {
  const main = source.mainTechnique();
  const most = source.countOf(main);
  const others = techniques.filter((technique) => technique !== main && isWorthAName(source, technique, most));
  return [byTechnique[main], ...others.map((technique) => byTechnique[technique])];
}

function isWorthAName(source: Source, technique: Technique, most: number): boolean {
  const count = source.countOf(technique);
  if (technique === 'timestamp' || technique === 'mask') return count > 0;
  if (technique === 'connect') return false;
  return count >= 3 && count * 4 >= most;
}

function isRotating(source: Source): boolean {
  return typeof source.key === 'string' && source.addresses.size >= ROTATING;
}

/** The same few ports on several of our addresses. */
function isSweep(source: Source): boolean {
  return source.mainTechnique() !== 'ping' && source.targets.size >= 3 && source.places.tried <= source.targets.size;
}

/** Most probes far from the one before: meant to stay below every window. One early stray probe makes no burst slow. */
function isSlow(source: Source): boolean {
  return source.probes >= 4 && source.farApart * 2 >= source.probes - 1;
}

/** A reaction to our answer takes no longer, wherever it comes from. */
const REACTION_MS = 3_000;

/** We said that ports are open, and nothing at that address was surprised. */
export function isForged(source: Source, nowMs: number): boolean {
  const answered = source.openedMs > 0 && nowMs - source.openedMs > REACTION_MS;
  return answered && source.countOf('syn') > 0 && !source.alive && !source.confirmed;
}
