/** Memory that may be run and comes from no file: a JIT, or code that somebody injected. */

import { type ExecutableMemory, parseExecutableMaps } from '#formats/proc-maps.ts';
import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import type { Sign } from './sign.ts';

/** A Java process has thousands of maps; more than this is not read. */
const MAPS_BYTES = 4 << 20;

/** `executable memory`: "writable", "anonymous" or "stack". Reads all maps of the process: budget it. */
export function memorySigns(host: Host, { pid, exe }: Pick<ProcessFacts, 'pid' | 'exe'>): Sign[] {
  const bytes = host.files.read(`/proc/${pid}/maps`, MAPS_BYTES);
  if (isFailure(bytes)) return [];
  const { memory } = parseExecutableMaps(bytes.toString('latin1'));
  // That the program itself runs from memory is a sign of its own.
  return signsOf({ ...memory, gone: memory.gone.filter((path) => path !== exe) });
}

function signsOf({ writableKb, anonymousKb, stackKb, gone }: ExecutableMemory): Sign[] {
  const signs: Sign[] = [];
  const add = (value: string, detail: string): void => void signs.push({ sign: 'executable memory', value, detail });
  if (writableKb > 0) add('writable', `${writableKb} KiB`);
  if (anonymousKb > 0) add('anonymous', `${anonymousKb} KiB`);
  if (stackKb > 0) add('stack', `${stackKb} KiB`);
  for (const name of gone) if (name.startsWith('/memfd:')) add(name.replace('/memfd:', 'memfd '), '');
  return signs;
}
