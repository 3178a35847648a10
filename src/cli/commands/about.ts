/** `telltale about`: what runs here; with --deps every package inside, with a hash of what lies on the disk. */

import { textTable } from '#lib/text-table.ts';
import { type Call, defineCommand } from '../command.ts';
import { dependencies } from '../dependencies.ts';
import { exit } from '../exit.ts';
import { programFolder, version } from '../own-version.ts';

export default defineCommand({
  name: 'about',
  summary: 'version, licence; --deps: every package inside, with its hash',
  options: [['--deps', 'every package that runs, with licence and SHA-256 of its files as they are on this disk']],
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const about = {
    version: version(),
    node: process.version,
    licence: 'Apache-2.0',
    folder: programFolder(),
    executable: process.execPath,
  };
  const deps = call.flag('deps') ? await dependencies(programFolder()) : undefined;
  terminal.object({ ...about, ...(deps === undefined ? {} : { deps }) });
  if (deps === undefined) terminal.line(about);
  for (const dep of deps ?? []) terminal.line(dep);
  if (terminal.format !== 'words') return exit.ok;
  terminal.out(`Telltale ${about.version} (${about.licence}), on Node.js ${about.node}`);
  terminal.out(`  program  ${about.folder}`);
  terminal.out(`  node     ${about.executable}`);
  if (deps === undefined) return exit.ok;
  const rows = deps.map(({ name, version, licence, files, sha256 }) => [name, version, licence, String(files), sha256]);
  terminal.out('');
  for (const line of textTable(
    [
      { heading: 'PACKAGE' },
      { heading: 'VERSION' },
      { heading: 'LICENCE' },
      { heading: 'FILES', align: 'right' },
      { heading: 'SHA-256 OF ITS FILES' },
    ],
    rows,
  ))
    terminal.out(line);
  return exit.ok;
}
