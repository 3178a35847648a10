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
const IN_MAPPING = new Set([...MOMENTS, 'script']);

/** Total: options of an interface are many and none of our affair, so no line is refused. */
export function parseInterfaces(text: string): Interfaces {
  const commands: InterfaceCommand[] = [];
  const sources: string[] = [];
  let of = '';
  let runs: ReadonlySet<string> = MOMENTS;
  for (const { word, rest } of wordsOf(text)) {
    if (word === 'iface') [of, runs] = [firstWord(rest), MOMENTS];
    else if (word === 'mapping') [of, runs] = [rest, IN_MAPPING];
    else if (word === 'source' || word === 'source-directory') sources.push(rest);
    else if (rest !== '' && runs.has(word)) commands.push({ of, when: word, command: rest });
  }
  return { commands, sources };
}

function* wordsOf(text: string): Generator<{ readonly word: string; readonly rest: string }> {
  for (const raw of linesOf(text.replaceAll('\\\n', ''))) {
    const line = raw.trim();
    const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    if (!line.startsWith('#')) yield { word, rest };
  }
}

function firstWord(text: string): string {
  return text.split(/\s+/)[0] ?? '';
}
