/** Who the sender of a scan is, as far as more than its packets tells. */

import type { Host } from '#model/host.ts';
import type { ScanRow } from '../scan-table.ts';

/**
 * The row with what is known of its sender; asks for a name that is not known yet. Of decoys only the one that may be
 * real is anybody's business, and the senders of a flood are nobody.
 */
export function withSender(host: Pick<Host, 'senders'>, row: ScanRow): ScanRow {
  const { senders } = host;
  const address = addressOf(row);
  if (senders === undefined || address === '') return row;
  if (row.form !== 'distributed') senders.ask(address);
  const { name, network, operator, country } = senders.known(address);
  // A group is a whole network: one of its members says who runs it, and nothing else of the others.
  return row.form === 'distributed' ? { ...row, operator, country } : { ...row, name, network, operator, country };
}

function addressOf({ form, addresses, likely }: ScanRow): string {
  if (form === 'decoys') return likely;
  if (form === 'flood' || form === 'outbound') return '';
  // Of a group the addresses are networks.
  return (addresses[0] ?? '').split('/')[0] ?? '';
}
