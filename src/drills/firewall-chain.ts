/** Adds a table of nf_tables with a chain that no packet enters. See docs/drills/firewall-chain.md. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';

const run = promisify(execFile);
const NFT = '/usr/sbin/nft';
const TABLE = 'rehearsal-of-telltale';

export default defineDrill({
  name: 'firewall-chain',
  doc: 'Adds a chain to the packet filter that no packet enters, for a moment.',
  rules: ['firewall-changed'],
  applies: ({ files }) => isThere(files, NFT),
  async act(_host, signal) {
    signal.throwIfAborted();
    const atMs = Date.now();
    const undo = async (): Promise<void> => {
      await run(NFT, ['delete', 'table', 'inet', TABLE]);
    };
    await run(NFT, [`add table inet ${TABLE}; add chain inet ${TABLE} nothing; add rule inet ${TABLE} nothing return`]);
    return {
      atMs,
      words: `added the table ${TABLE} to the packet filter`,
      isToldBy: ({ finding }) => finding.rule === 'firewall-changed' && finding.facts['table'] === TABLE,
      [Symbol.asyncDispose]: undo,
    };
  },
});
