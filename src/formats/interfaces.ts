/** Commands in /etc/network/interfaces: interfaces(5) of ifupdown. */

import { linesOf } from '#lib/parse-lines.ts';

/** A command with the interface and the moment at which it is run. */
export interface InterfaceCommand {
  /** Name of the interface, or the pattern of a mapping. */
  readonly of: string;
  /** pre-up, up, post-up, down, pre-down, post-down; "script" of a mapping. */
  readonly when: string;
  readonly command: string;
}

/** `commands`, and the files, folders and patterns that are read as well. */
export interface Interfaces {
  readonly commands: readonly InterfaceCommand[];
  readonly sources: readonly string[];
}

const MOMENTS = new Set(['pre-up', 'up', 'post-up', 'down', 'pre-down', 'post-down']);

/** Total: options of an interface are many and none of our affair, so no line is refused. */
export function parseInterfaces(text: string): Interfaces {
  const commands: InterfaceCommand[] = [];
  const sources: string[] = [];
  let of = '';
  let mapping = false;
  for (const raw of linesOf(text.replaceAll('\\\n', ''))) {
    const line = raw.trim();
    if (line.startsWith('#')) continue;
    const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    if (word === 'iface' || word === 'mapping') {
      of = word === 'iface' ? (rest.split(/\s+/)[0] ?? '') : rest;
      mapping = word === 'mapping';
    } else if (word === 'source' || word === 'source-directory') sources.push(rest);
    else if (rest !== '' && (MOMENTS.has(word) || (mapping && word === 'script')))
      commands.push({ of, when: word, command: rest });
  }
  return { commands, sources };
}
