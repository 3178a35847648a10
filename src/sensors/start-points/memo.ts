/** What is remembered of a host from look to look. */

import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import type { StartPointRow } from '../start-point-table.ts';
import type { Entry } from './entry.ts';

/** What a file said when it was read last. */
export interface KeptFile {
  readonly stamp: string;
  readonly entries: readonly Entry[];
}

/** What a family found when it was read last. */
export interface KeptFamily {
  readonly rows: readonly StartPointRow[];
  readonly gaps: readonly Gap[];
  readonly files: Map<string, KeptFile>;
  readonly owners: Map<string, string>;
  /** Programs that no package ships, by path: their content counts, and they are heard of. */
  readonly programs: Map<string, KeptProgram>;
}

/** Content of a program when it was read last. */
export interface KeptProgram {
  readonly stamp: string;
  readonly digest: string;
}

export interface Memo {
  /** By name of the family. */
  readonly families: Map<string, KeptFamily>;
  /** Names of families whose files were touched since they were read. */
  readonly touched: Set<string>;
  /** Events were lost: all are read. */
  readAll: boolean;
  readAllMs: number;
  users: {
    readonly stamp: string;
    readonly list: readonly { readonly name: string; readonly uid: number; readonly home: string }[];
  };
}

const memos = new WeakMap<Host, Memo>();

/** The memory of a host; empty when it was not looked at before. */
export function memoOf(host: Host): Memo {
  const known = memos.get(host);
  if (known !== undefined) return known;
  const memo: Memo = {
    families: new Map(),
    touched: new Set(),
    readAll: true,
    readAllMs: -Infinity,
    users: { stamp: '', list: [] },
  };
  memos.set(host, memo);
  return memo;
}
