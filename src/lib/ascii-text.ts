/** Text for terminals that know nothing but ASCII. */

/** How typists wrote it before there was more. */
const TYPED: Readonly<Record<string, string>> = {
  '◆': '!',
  '◐': '?',
  '·': '.',
  '○': '-',
  '←': '<-',
  '→': '->',
  '…': '...',
  '×': 'x',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '≤': '<=',
  '≥': '>=',
  '°': ' deg ',
  '§': 'section ',
};

/** Our own signs as they are typed, every other character beyond ASCII as \u{hex}: nothing is lost. */
export function asciiOf(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (found) => TYPED[found] ?? `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}
