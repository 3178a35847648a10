/** The columns of the Sockets table, from the most to the least needed: narrow screens leave out the last ones. */

import type { SocketView } from '../api/shapes.ts';
import { type RowColumn, sortedRows } from './row-columns.ts';

export interface SocketColumn extends RowColumn<SocketView> {
  readonly connectionsOnly?: boolean;
}

const MARKS = { new: 'new', known: 'known', ours: 'ours', '-': '' } as const;

export const socketColumns: readonly SocketColumn[] = [
  { name: 'local', title: 'Listens at', when: 'always', text: localOf, value: (row) => row.port },
  { name: 'peer', title: 'Peer', when: 'always', connectionsOnly: true, text: peerOf },
  { name: 'program', title: 'Program', when: 'always', named: true, text: programOf },
  { name: 'mark', title: 'Baseline', when: 'middle', narrow: true, text: (row) => MARKS[row.mark] },
  { name: 'reach', title: 'Reach', when: 'always', narrow: true, text: reachOf },
  { name: 'user', title: 'User', when: 'middle', narrow: true, text: (row) => row.cells['user'] ?? '' },
  { name: 'unit', title: 'Unit', when: 'middle', text: (row) => row.cells['unit'] ?? '' },
  { name: 'package', title: 'Package', when: 'wide', text: packageOf },
  {
    name: 'since',
    title: 'Since',
    when: 'wide',
    narrow: true,
    text: () => '',
    timeMs: (row) => row.sinceMs,
  },
];

/** New ones first, and of those what the network reaches; or by a column. */
export function sorted(rows: readonly SocketView[], sort: string): readonly SocketView[] {
  return sortedRows(rows, socketColumns, { sort, rank, within: localOf });
}

function rank(row: SocketView): number {
  const fromNetwork = row.cells['family'] === 'inet' || row.cells['family'] === 'inet6' ? 0 : 1;
  return (row.mark === 'new' ? 0 : 2) + fromNetwork;
}

function localOf(row: SocketView): string {
  const { protocol = '', family, address = '', path = '' } = row.cells;
  if (family !== 'inet' && family !== 'inet6') return `${family === 'unix' ? 'unix' : protocol} ${path}`;
  const all = address === '0.0.0.0' ? '*' : address;
  return `${protocol} ${all.includes(':') ? `[${all}]` : all}:${row.port}`;
}

function peerOf({ cells }: SocketView): string {
  const { remoteAddress = '', remotePort = '' } = cells;
  if (remoteAddress === '') return '';
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}

function programOf({ cells, mark }: SocketView): string {
  const { comm = '', namespace = '' } = cells;
  const name = mark === 'ours' ? 'telltale' : comm || 'unknown';
  return namespace === '' || namespace === 'host' ? name : `${name} in ${namespace}`;
}

function reachOf({ cells }: SocketView): string {
  const { exposure = '', family, mode = '' } = cells;
  if (family === 'unix') return mode === '' ? '' : `mode ${mode}`;
  return exposure === 'open' ? 'all' : exposure;
}

function packageOf({ cells }: SocketView): string {
  const name = cells['package'] ?? '';
  if (cells['packageState'] === 'altered') return `${name} (altered)`;
  return name === '' ? (cells['packageState'] === 'unpackaged' ? 'none' : '') : name;
}
