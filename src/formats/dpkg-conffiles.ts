/** Configuration files of packages with the sums of what was shipped: the field Conffiles of /var/lib/dpkg/status. */

import { linesOf, type Parsed } from '#lib/parse-lines.ts';

export interface Conffile {
  readonly package: string;
  readonly path: string;
  readonly md5: string;
  /** The package ships it no more, or is removed and its configuration stays. */
  readonly obsolete: boolean;
}

const LINE = /^ (\/\S.*?) ([0-9a-f]{32}|newconffile)( obsolete| remove-on-upgrade)?$/;

/** Rejects are lines of the field that are no configuration file; other fields are passed over. */
export function parseConffiles(text: string): Parsed<Conffile> {
  const rows: Conffile[] = [];
  const rejects: string[] = [];
  let name = '';
  let installed = true;
  let inside = false;
  for (const line of linesOf(text)) {
    if (line.startsWith(' ')) {
      if (!inside) continue;
      const [, path, md5, more] = LINE.exec(line) ?? [];
      if (path === undefined || md5 === undefined) rejects.push(line);
      else if (md5 !== 'newconffile')
        rows.push({ package: name, path, md5, obsolete: more !== undefined || !installed });
      continue;
    }
    inside = line.startsWith('Conffiles:');
    if (line.startsWith('Package: ')) name = line.slice(9);
    else if (line.startsWith('Status: ')) installed = line.endsWith(' installed');
  }
  return { rows, rejects };
}
