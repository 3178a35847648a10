/** Somebody scans the ports of this host. See docs/rules/port-scan.md. */

import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { outsideScan, synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, meaning, outcome, scannerOf, scanOf, technique, weigh } from './scan-words.ts';

export default defineRule<ScanRow>({
  id: 'port-scan',
  doc: 'An address tries ports (protocols, addresses) of this host to learn what is here.',
  on: 'scans',
  table: scans,
  attack: ['T1046', 'T1595.001'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'port-scan')) return undefined;
    const { row, over } = scan;
    // Only a rehearsal has one: whoever scans from elsewhere is no process of this host.
    const who = scannerOf(row);
    return {
      ...aboutScan(row, over),
      severity: weigh(row),
      title: `${upperFirst(technique(row))} from ${row.source}: ${outcome(row, over)}`,
      why: `Who breaks in looks around first. ${meaning(row)}`,
      ...(who !== undefined && { who }),
    };
  },
  samples: [
    { name: 'a neighbour found two ports', judgement: { change: { type: 'added', after: synScan } }, expect: 'high' },
    {
      name: 'from the Internet, nothing found',
      judgement: { change: { type: 'added', after: outsideScan } },
      expect: 'low',
    },
    {
      name: 'from the Internet, the operating system was asked for',
      judgement: {
        change: { type: 'added', after: { ...outsideScan, kind: 'os', words: 'OS detection', option: '-O' } },
      },
      expect: 'medium',
    },
    { name: 'it is over', judgement: { change: { type: 'removed', before: synScan } }, expect: 'high' },
    {
      name: 'a scan that goes on in the first look',
      judgement: { change: { type: 'added', after: synScan }, learning: true },
      expect: 'high',
    },
    {
      name: 'a flood is told by another rule',
      judgement: { change: { type: 'added', after: { ...synScan, form: 'flood' } } },
      expect: undefined,
    },
  ],
});

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
