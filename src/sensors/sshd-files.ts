/** sshd's configuration with everything that it includes, in the order in which sshd reads it. */

import { parseSshdConfig, type SshdLine } from '#formats/sshd-config.ts';
import { matchesWildcard } from '#lib/wildcard.ts';
import type { Gap } from '#model/gap.ts';
import { type OddFile, oddOf } from './account-files.ts';
import { fixedFolder, globFiles } from './glob-files.ts';
import { type FileHost, readText, valueOf } from './host-file.ts';

export const SSHD_CONFIG = '/etc/ssh/sshd_config';
const SSH_FOLDER = '/etc/ssh';
/** servconf.c, SERVCONF_MAX_DEPTH. */
const MAX_DEPTH = 16;
const MAX_FILES = 200;

/** A directive with the file that it stands in. */
export interface Sourced extends SshdLine {
  readonly file: string;
}

/** What holds under one condition: "" for everybody, else the words after Match. Repeated conditions are one block. */
export interface SshdBlock {
  readonly condition: string;
  readonly lines: readonly Sourced[];
}

export interface SshdFiles {
  readonly blocks: readonly SshdBlock[];
  /** Files that were read or would be, and folders of Include patterns: where to listen. */
  readonly paths: readonly string[];
  readonly odd: readonly OddFile[];
}

interface Reading {
  readonly host: FileHost;
  readonly gaps: Gap[];
  readonly blocks: Map<string, Sourced[]>;
  readonly paths: Set<string>;
  readonly odd: OddFile[];
}

/** Reads it all; a file that includes itself ends at the depth at which sshd refuses. */
export function readSshd(host: FileHost, gaps: Gap[]): SshdFiles {
  const reading: Reading = { host, gaps, blocks: new Map([['', []]]), paths: new Set(), odd: [] };
  take(reading, SSHD_CONFIG, '', 0);
  const { blocks, paths, odd } = reading;
  return {
    blocks: [...blocks].map(([condition, lines]) => ({ condition, lines })),
    paths: [SSH_FOLDER, ...paths],
    odd,
  };
}

function take(reading: Reading, path: string, outer: string, depth: number): void {
  const { host, gaps, blocks, paths, odd } = reading;
  // A file that includes itself many times over ends here as well.
  if (odd.length >= MAX_FILES) return;
  paths.add(path);
  const file = readText(host, path, parseSshdConfig);
  odd.push(oddOf(path, file));
  // A Match ends with its file, and what is included inside of one holds under both.
  let condition = outer;
  for (const line of valueOf(file, gaps)?.rows ?? []) {
    if (line.keyword === 'include') {
      if (depth < MAX_DEPTH)
        for (const found of included(reading, line.args)) take(reading, found, condition, depth + 1);
    } else if (line.keyword === 'match') condition = narrowed(outer, line.args);
    else {
      const lines = blocks.get(condition) ?? [];
      lines.push({ ...line, file: path });
      blocks.set(condition, lines);
    }
  }
}

function included({ host, paths }: Reading, patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const absolute = pattern.startsWith('/') ? pattern : `${SSH_FOLDER}/${pattern}`;
    const folder = fixedFolder(absolute);
    if (folder !== '/') paths.add(folder);
    return globFiles(host, absolute);
  });
}

function narrowed(outer: string, args: readonly string[]): string {
  const inner = args.join(' ');
  if (/^all$/i.test(inner)) return outer;
  return outer === '' ? inner : `${outer} and ${inner}`;
}

/** Directives whose lines add up; of all others the first line counts. */
const ADDS_UP = new Set(
  'port listenaddress hostkey hostcertificate acceptenv allowusers denyusers allowgroups denygroups subsystem'.split(
    ' ',
  ),
);

/** The value of a directive in a block as one text, with the place of its first line; undefined when not set. */
export function settingIn(
  block: SshdBlock,
  keyword: string,
): { readonly value: string; readonly at: Sourced } | undefined {
  const lines = block.lines.filter((line) => line.keyword === keyword);
  const [first] = lines;
  if (first === undefined) return undefined;
  const counted = ADDS_UP.has(keyword) ? lines : [first];
  return { value: counted.map(({ args }) => args.join(' ')).join(', '), at: first };
}

/**
 * Values that may hold for an account: a Match that fits for certain decides; one that depends on where the connection
 * comes from adds its value; else the setting for everybody, or undefined (sshd's default).
 */
export function valuesFor(
  files: SshdFiles,
  keyword: string,
  account: { readonly name: string; readonly groups: readonly string[] },
): readonly (readonly string[] | undefined)[] {
  const values: (readonly string[])[] = [];
  for (const block of files.blocks) {
    if (block.condition === '') continue;
    const line = block.lines.find((other) => other.keyword === keyword);
    const fits = line === undefined ? 'no' : matches(block.condition, account);
    if (line === undefined || fits === 'no') continue;
    values.push(line.args);
    if (fits === 'yes') return values;
  }
  const everybody = files.blocks.find(({ condition }) => condition === '');
  return [...values, everybody?.lines.find((other) => other.keyword === keyword)?.args];
}

function matches(
  condition: string,
  account: { readonly name: string; readonly groups: readonly string[] },
): 'yes' | 'no' | 'maybe' {
  let sure = true;
  const words = condition.replaceAll(' and ', ' ').split(' ');
  for (let at = 0; at < words.length; at += 2) {
    const list = words[at + 1] ?? '';
    const names = { user: [account.name], group: account.groups }[(words[at] ?? '').toLowerCase()];
    if (names === undefined) sure = false;
    else if (!inList(list, names)) return 'no';
  }
  return sure ? 'yes' : 'maybe';
}

/** match_pattern_list() of match.c: a negated pattern that fits decides. */
function inList(list: string, names: readonly string[]): boolean {
  const patterns = list.split(',');
  const fits = (pattern: string): boolean => names.some((name) => matchesWildcard(pattern, name, false));
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}
