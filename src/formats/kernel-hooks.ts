/** What hangs on the kernel's functions: Documentation/trace/ftrace.rst, kprobetrace.rst, uprobetracer.rst, kprobes.rst. */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/** One hook. Addresses are never part of it: they differ at each boot. */
export interface KernelHook {
  /** "p" probe, "r" return probe, "e" event probe, "f" function; "k" and "r" of kprobes/list. */
  readonly type: string;
  /** Name of the event, or "". */
  readonly name: string;
  /** The function, tracepoint or file and offset that it hangs on. */
  readonly target: string;
  readonly words: string;
}

/** dynamic_events, kprobe_events, uprobe_events: "p:kprobes/name target args". */
export function parseProbeEvents(text: string): Parsed<KernelHook> {
  return parseLines(text, (line) => {
    const [, type = '', name = '', target, args = ''] = /^([prefst])\d*(?::(\S*))? (\S+)(?: (.*))?$/.exec(line) ?? [];
    return target === undefined ? undefined : { type, name, target: withoutAddress(target), words: args };
  });
}

/** kprobes/list of debugfs: "ffffffff81234567  k  do_unlinkat+0x0  [module] [FTRACE]". */
export function parseKprobes(text: string): Parsed<KernelHook> {
  return parseLines(text, (line) => {
    const [, type, target, words = ''] = /^[0-9a-fx]+\s+([krj])\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    if (type === undefined || target === undefined) return undefined;
    return { type, name: '', target: withoutAddress(target), words: words.trim() };
  });
}

/** enabled_functions: "do_unlinkat (1) R I  tramp: 0x… (…) ->…": who calls is by address, so only the letters are kept. */
export function parseEnabledFunctions(text: string): Parsed<KernelHook> {
  return parseLines(text, (line) => {
    const [, target, letters = ''] = /^(\S+) \(\d+\)((?:\s+[A-Z])*)/.exec(line) ?? [];
    // A line that begins with a blank or a bracket goes on with the one before.
    if (target === undefined) return /^[\s>-]/.test(line) ? { type: 'f', name: '', target: '', words: '' } : undefined;
    return { type: 'f', name: '', target, words: letters.trim().replace(/\s+/g, ' ') };
  });
}

function withoutAddress(target: string): string {
  return /^0x[0-9a-f]{8,16}$/.test(target) ? 'an address' : target;
}
