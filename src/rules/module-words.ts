/** Words shared by the rules on `modules`. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Who } from '#model/finding.ts';
import type { ModuleRow } from '#sensors/module-table.ts';

/** Subject, facts and next step of a finding about one module. */
export function aboutModule(row: ModuleRow) {
  const name = shellQuote(row.name);
  return {
    subject: row.name,
    next: `modinfo ${name}; dmesg | grep -e ${name} -e taint | tail; ls -l /sys/module/${name}`,
    facts: {
      module: row.name,
      taint: row.means,
      version: row.version,
      package: row.package,
      seenIn: row.seenIn,
      ...(row.file !== '' && { path: row.file }),
    },
  };
}

export function moduleTitle(row: ModuleRow): string {
  return `Kernel module ${visible(row.name)}`;
}

/** Where it comes from, in words that follow its name; "" where nothing is odd. */
export function oddities(row: ModuleRow): readonly string[] {
  const odd = row.means === '' ? [] : [row.means];
  if (row.packageState === 'unpackaged')
    odd.push(row.file === '' ? 'no file of the running kernel has its name' : 'no package owns its file');
  return odd;
}

/** Who was heard loading it; nothing where nobody was. The package in the row is the module's, not the loader's. */
export function whoLoaded(row: ModuleRow): { readonly who?: Who } {
  const { pid, comm, cmdline, user, uid, parents, unit, session, startedMs } = row;
  if (pid <= 0) return {};
  return { who: { pid, exe: row.loader, comm, cmdline, user, uid, parents, unit, session, startedMs, package: '' } };
}
