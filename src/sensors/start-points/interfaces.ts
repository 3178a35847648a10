/** Commands that ifupdown runs when an interface goes up or down: interfaces(5). */

import { parseInterfaces } from '#formats/interfaces.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found } from './reading.ts';

const FILE = '/etc/network/interfaces';
/** Read by the file that Debian installs; other sources are rare, and told by the change of the file. */
const FOLDER = '/etc/network/interfaces.d';

export const interfaces: Family = {
  name: 'interfaces',
  paths: () => [FILE, FOLDER],
  read(reading) {
    const inFolder = reading.names(FOLDER).map((name) => `${FOLDER}/${name}`);
    for (const path of [FILE, ...inFolder]) if (!reading.isFolder(path)) reading.read(path, entriesOf);
  },
};

function entriesOf({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [entryOf({ kind: 'network command', path, problem, enabled: false })];
  const byName = new Map<string, Entry>();
  for (const { of, when, command } of parseInterfaces(text).commands) {
    const name = `${when} ${of}: ${command}`;
    const moment = when === 'script' ? `when ${of} is mapped` : `when ${of} goes ${when.replace('-', ' ')}`;
    byName.set(name, entryOf({ kind: 'network command', path, name, when: moment, command, place: `${when} ${of}` }));
  }
  return [...byName.values()];
}
