/** Loaded modules: /proc/modules, kernel/module/procfs.c m_show(). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';

export interface LoadedModule {
  /** With "_", as the kernel names modules. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Users of it; -1 where the kernel cannot unload modules and prints "-". */
  readonly references: number;
  /** Modules that use it; "[permanent]" is left out. */
  readonly usedBy: readonly string[];
  /** Live, Loading or Unloading. */
  readonly state: string;
  /** Letters: see kernel-taint.ts. */
  readonly taint: string;
}

// Name, size, uses, users, state, address, and letters in brackets with "+" or "-" while it comes or goes.
const LINE =
  /^(?<name>\S+) (?<size>\d+) (?<uses>\d+|-) (?<users>\S+) (?<state>Live|Loading|Unloading) 0x[0-9a-f]+ ?(?:\((?<taint>[A-Z]*)[+-]?\))?$/;

/** `name size refcnt users state address [(taint)]`. */
export function parseModules(text: string): Parsed<LoadedModule> {
  return parseLines(text, (line) => {
    const { name = '', size = '', uses = '', users = '', state = '', taint = '' } = LINE.exec(line)?.groups ?? {};
    const sizeBytes = parseUint(size);
    const references = uses === '-' ? -1 : parseUint(uses);
    if (sizeBytes === undefined || references === undefined) return undefined;
    return { name, sizeBytes, references, usedBy: namesIn(users), state, taint };
  });
}

function namesIn(users: string): readonly string[] {
  return users.split(',').filter((user) => !/^(?:|-|\[permanent\])$/.test(user));
}

/** Name of a module as the kernel spells it: "snd-hda-intel.ko.xz" → "snd_hda_intel". */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.replace(/\.ko(?:\.(?:gz|xz|zst))?$/, '').replaceAll('-', '_');
}

/** The files of modules.dep(5): each line begins with the path of a module, relative to the file's folder. */
export function parseModulesDep(text: string): Parsed<{ readonly name: string; readonly path: string }> {
  return parseLines(text, (line) => {
    const at = line.indexOf(':');
    const path = line.slice(0, Math.max(at, 0));
    return /\.ko(?:\.(?:gz|xz|zst))?$/.test(path) ? { name: moduleName(path), path } : undefined;
  });
}
