/** Words and weights that the rules on web scripts share. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { type Severity, severities } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';
import type { WebScriptRow } from '#sensors/web-scripts.ts';

/** "PHP script /var/www/x.php, owned by www-data", with what it holds. */
export function scriptName(row: WebScriptRow): string {
  const [trick] = row.tricks;
  const holds = trick === undefined ? '' : `: ${shorten(visible(trick), 80)}`;
  const what = row.language === 'settings' ? 'settings of a web folder' : `${row.language} script`;
  return `${what} ${shorten(visible(row.path), 140)}, owned by ${visible(row.owner)}${holds}`;
}

/** How grave: by whether the web server itself could have written it, and by what it holds. */
export function weighScript(row: WebScriptRow): { readonly severity: Severity; readonly why: string } {
  const reasons: string[] = [];
  let level = 1;
  if (row.webOwned) {
    level = 3;
    reasons.push('The user of the web server owns it, so any hole in the application may have put it there.');
  } else reasons.push(`${visible(row.owner)} put it there, not the web server.`);
  if (row.tricks.length > 0) {
    level += row.webOwned ? 1 : 2;
    reasons.push('It holds words that web shells are made of.');
  }
  if (row.language.includes('false name')) {
    level += 1;
    reasons.push('Its name hides what it is.');
  }
  return { severity: severities[Math.min(level, 4)] ?? 'critical', why: reasons.join(' ') };
}

/** What every finding about a web script holds. */
export function aboutScript(row: WebScriptRow) {
  const { path, language, owner, mode, sizeBytes, tricks } = row;
  const facts: Record<string, Cell> = { file: path, language, owner, mode, sizeBytes };
  if (tricks.length > 0) facts['tricks'] = tricks;
  const file = shellQuote(path);
  return { subject: path, facts, next: `ls -l -- ${file}; head -c 2000 -- ${file} | cat -v` };
}
