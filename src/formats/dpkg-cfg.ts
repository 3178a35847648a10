/** Options of dpkg.cfg(5) that run a program. */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/** `option` "" for lines that run nothing. */
export interface DpkgOption {
  readonly option: string;
  readonly command: string;
}

const RUNS = new Set(['pre-invoke', 'post-invoke', 'status-logger']);

/** "pre-invoke=command" or "pre-invoke command"; quotes around the value are taken off. Total: dpkg refuses what it does not know. */
export function parseDpkgCfg(text: string): Parsed<DpkgOption> {
  return parseLines(text, (line) => {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) return { option: '', command: '' };
    const [, option = '', value = ''] = /^([a-z][a-z-]*)(?:\s*=\s*|\s+)?(.*)$/.exec(bare) ?? [];
    if (option === '') return undefined;
    return RUNS.has(option) ? { option, command: value.replace(/^(["'])(.*)\1$/, '$2') } : { option: '', command: '' };
  });
}
