/** Watches the files that decide how this host works, and odd files anywhere: see docs/sensors/files.md. */

import { defineSensor } from '#model/sensor.ts';
import { walkOf } from './file-walk.ts';
import { filesMemoryOf } from './files-memory.ts';
import { type FileRow, files } from './files-table.ts';

export { type FileRow, files } from './files-table.ts';

const EVERY_MS = 60_000;

export default defineSensor<FileRow>({
  name: 'files',
  doc: 'Compares files of the system and of administrators, and looks for odd rights, places and names everywhere.',
  everyMs: EVERY_MS,
  longestLookMs: 30 * 60_000,
  looksAtHeard: true,
  table: files,
  async look(host, signal) {
    const memory = filesMemoryOf(host);
    if (memory === undefined) {
      const why = 'this host is recorded: what the kernel keeps about files beside their content is not';
      return { rows: [], gaps: [{ what: 'files', why, reduced: true }], by: 'nothing' };
    }
    const walk = walkOf(host);
    if (walk?.when === 'at-look') await walk.run(signal);
    const rows = await memory.look(EVERY_MS, signal);
    const gaps = [...memory.gaps(), ...(walk?.gaps() ?? [])];
    const news = ({ path }: FileRow): 'new' | 'changed' | undefined => walk?.newsOf(path);
    return { rows, gaps, by: 'statx', news, ...(walk?.everFinished === false && { partial: true as const }) };
  },
});
