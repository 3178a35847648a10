/** The few variables of /proc/PID/environ that make the loader run foreign code: ld.so(8), environ(7). */

import { byteText } from '#lib/byte-text.ts';

const WANTED = /^(?:LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH)=./;
const MAX_VALUE = 512;

/**
 * "NAME=value" of those that are set and not empty, in their order, values cut at 512 characters. Nothing else of the
 * environment is looked at: it holds passwords.
 */
export function loaderVariables(environ: Buffer): string[] {
  const found: string[] = [];
  for (let at = environ.indexOf('LD_'); at >= 0; at = environ.indexOf('LD_', at + 3)) {
    if (at > 0 && environ[at - 1] !== 0) continue;
    const nul = environ.indexOf(0, at);
    const end = nul < 0 ? environ.length : nul;
    const text = byteText(environ.subarray(at, Math.min(end, at + MAX_VALUE + 20)));
    if (WANTED.test(text) && !found.includes(text)) found.push(text);
  }
  return found;
}
