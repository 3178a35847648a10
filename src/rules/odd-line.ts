/** A line of a security file is not as it should be. See docs/rules/odd-line.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { severities } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddLineRow, oddLines } from '#sensors/odd-lines.ts';

/** Files of which a line that counts in spite of its shape decides who gets in. */
const GRAVE = /^\/etc\/(?:passwd|shadow|sudoers|doas\.conf|pam\.d|ssh\/)/;

const strayed: OddLineRow = {
  file: '/etc/passwd',
  problem: 'has 4 fields instead of 7',
  text: 'eve:…',
  mark: 'aa00bb11',
  ignored: false,
  line: 31,
};

export default defineRule<OddLineRow>({
  id: 'odd-line',
  doc: 'A line of a file that decides who may do what is malformed or odd.',
  on: 'odd-lines',
  table: oddLines,
  attack: ['T1027'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    const grave = GRAVE.test(row.file);
    const file = shorten(visible(row.file), 100);
    return {
      severity: severities[1 + Number(grave) - Number(row.ignored)] ?? 'low',
      subject: `${row.file} ${row.mark}`,
      title: `Line ${row.line} of ${file} ${shorten(visible(row.problem), 120)}`,
      why: row.ignored
        ? 'The system passes over it; everything else in the file was read. A typing mistake can take a rule away that people rely on.'
        : 'The system reads it all the same, many programs that check such files do not: intruders use lines like it to hide.',
      next: `sed -n ${shellQuote(`${row.line}p`)} ${shellQuote(row.file)}`,
      facts: { file: row.file, line: row.line, text: row.text, ignored: row.ignored, problem: row.problem },
    };
  },
  samples: [
    { name: 'a short line that counts', judgement: { change: { type: 'added', after: strayed } }, expect: 'medium' },
    {
      name: 'a line that is passed over',
      judgement: { change: { type: 'added', after: { ...strayed, ignored: true } } },
      expect: 'low',
    },
    {
      name: 'in hosts',
      judgement: { change: { type: 'added', after: { ...strayed, file: '/etc/hosts' } } },
      expect: 'low',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: strayed }, learning: true },
      expect: undefined,
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: strayed }, known: true }, expect: undefined },
  ],
});
