/** Reads the rules of the packet filter with the filter's own programs: nft(8), iptables-save(8). */

import { execFile } from 'node:child_process';
import type { FilterDoor, FilterListing } from '#model/filter.ts';
import type { Gap } from '#model/gap.ts';
import { type Files, isFailure } from '#model/host.ts';
import { hearRulesetChanges } from './nft-changes.ts';
import { FIRST_GENERATION, knownGeneration, nftGeneration, nftHasTables } from './nft-generation.ts';

const MAX_OUTPUT_BYTES = 32 << 20;
const TIMEOUT_MS = 5000;
const FAMILIES = [4, 6] as const;

/**
 * Matches of iptables are opaque in what nft prints, and a table of iptables is always asked for the same way: else one
 * new rule would make all the others look new.
 */
const OF_IPTABLES = /"xt"|"family":\s*"ip6?",\s*"name":\s*"(?:filter|nat|mangle|raw|security)"/;

/** Output of a program, or undefined when it is not there, fails or takes too long. */
export type AskProgram = (program: string, args: readonly string[], signal: AbortSignal) => Promise<string | undefined>;

/** The door of the namespace that we run in. Tests give what asks. */
export function openFilter(
  files: Files,
  {
    ask = askProgram,
    generation = nftGeneration,
    hasTables = nftHasTables,
  }: { ask?: AskProgram; generation?: FilterDoor['generation']; hasTables?: () => boolean } = {},
): FilterDoor {
  return {
    generation,
    changes: hearRulesetChanges,
    async rules(signal) {
      const untouched = knownGeneration(generation()) === FIRST_GENERATION || !hasTables();
      const nft = untouched ? '' : await ask('/usr/sbin/nft', ['-j', '-t', 'list', 'ruleset'], signal);
      const gaps: Gap[] = [];
      if (nft === undefined)
        gaps.push(gapOf('rules of nf_tables', 'nft could not list them', 'apt-get install nftables'));
      const saved: FilterListing['saved'][number][] = [];
      for (const family of FAMILIES) {
        if (nft === undefined || OF_IPTABLES.test(nft)) {
          const text = await ask(`/usr/sbin/ip${six(family)}tables-nft-save`, [], signal);
          if (text !== undefined) saved.push({ family, legacy: false, text });
        }
        const names = files.read(`/proc/thread-self/net/ip${six(family)}_tables_names`, 4096);
        if (isFailure(names) || names.length === 0) continue;
        const text = await ask(`/usr/sbin/ip${six(family)}tables-legacy-save`, [], signal);
        if (text === undefined)
          gaps.push(
            gapOf(
              `old rules of ip${six(family)}tables`,
              'iptables-legacy-save could not list them',
              'apt-get install iptables',
            ),
          );
        else saved.push({ family, legacy: true, text });
      }
      return { nft, saved, gaps };
    },
  };
}

function six(family: 4 | 6): string {
  return family === 6 ? '6' : '';
}

function gapOf(what: string, why: string, next: string): Gap {
  return { what, why, next };
}

function askProgram(program: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  const options = {
    env: { LC_ALL: 'C' },
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    signal,
  } as const;
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}
