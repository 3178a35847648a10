/** Which programs are Telltale's own: its commands are started all day, and no package of the system owns them. */

import { scriptOf } from '#formats/script-of.ts';
import type { Host, ProcessFacts } from '#model/host.ts';

interface Own {
  readonly exe: string;
  readonly script: string;
  /** Folder of the program, "" where it cannot be told. */
  readonly folder: string;
}

const owns = new WeakMap<Host, readonly Own[]>();

/**
 * A program that the settings name, as the daemon itself started it: whoever may write the settings vouches for it. The
 * same program started by anybody else is not meant.
 */
export function isNamedProgram(host: Host, process: ProcessFacts, script: string): boolean {
  const named = host.home?.programs ?? [];
  if (named.length === 0 || !host.own.has(process.parentPid)) return false;
  const [first = ''] = process.cmdline.split(' ', 1);
  return [script, process.exe, first].some((path) => named.includes(path));
}

/** Runs one of our commands: our Node with our program, or the launcher beside it. Only root may write there. */
export function isOwnProgram(host: Host, process: ProcessFacts, script: string): boolean {
  if (process.asStarted && script === '') return false;
  return ownOf(host).some(({ exe, script: main, folder }) => {
    if (process.exe === exe && script === main) return true;
    // Read while the launcher became our Node: the new file, not yet the new command line (fs/exec.c, begin_new_exec).
    if (process.exe === exe && process.cmdline === '' && process.comm === 'telltale') return true;
    if (folder === '') return false;
    return script === `${folder}/bin/telltale` || (process.exe === exe && script.startsWith(`${folder}/`));
  });
}

/** By the processes that are ourselves: they run the program whose commands these are. */
function ownOf(host: Host): readonly Own[] {
  const known = owns.get(host);
  if (known !== undefined) return known;
  const found: Own[] = [];
  for (const pid of host.own) {
    const facts = host.processes.get(pid);
    if (facts === undefined || facts.exe === '' || facts.exeState !== 'present') continue;
    const script = scriptOf(facts.exe, facts.cmdline);
    if (script !== '' && script !== '-c') found.push({ exe: facts.exe, script, folder: folderOf(script) });
  }
  // Of the daemon itself alone: what a rehearsal adds later is no program of ours.
  if (found.length > 0) owns.set(host, found);
  return found;
}

/** "/opt/telltale/src/main.ts" → "/opt/telltale". */
function folderOf(script: string): string {
  if (!script.startsWith('/')) return '';
  const parts = script.split('/');
  return parts.length > 3 ? parts.slice(0, -2).join('/') : '';
}
