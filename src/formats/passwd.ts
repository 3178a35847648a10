/** /etc/passwd, see passwd(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';

export interface PasswdRow {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Reads the users; lines of NIS ("+…"), comments and damaged lines are rejects. */
export function parsePasswd(text: string): Parsed<PasswdRow> {
  return parseLines(text, (line) => {
    const [name = '', , uidText = '', gidText = '', , home, shell] = line.split(':');
    const uid = parseUint(uidText, 0xff_ff_ff_ff);
    const gid = parseUint(gidText, 0xff_ff_ff_ff);
    if (name === '' || /^[+#-]/.test(name)) return undefined;
    if (uid === undefined || gid === undefined || home === undefined || shell === undefined) return undefined;
    return { name, uid, gid, home, shell };
  });
}
