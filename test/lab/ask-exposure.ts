/** Prints the exposure of a TCP port on every IPv4 address, in the network namespace that it is started in: for tests. */

import { openLiveHost } from '#host/live.ts';

const host = openLiveHost({ namespaces: 'own' });
const namespace = host.network.namespaces('own')[0]?.inode ?? 0;
const port = Number(process.argv[2]);
process.stdout.write(
  JSON.stringify(host.network.exposure({ namespace, protocol: 'tcp', address: '0.0.0.0', port })),
  () => process.exit(0),
);
