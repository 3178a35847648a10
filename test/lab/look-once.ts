/** Looks once with a sensor, from the network namespace that it is started in, and prints the look as JSON: for tests. */

import { openLiveHost } from '#host/live.ts';
import { lookups, sensors } from '#sensors/index.ts';

const [name = 'sockets'] = process.argv.slice(2);
const host = openLiveHost({ namespaces: 'own' });
const sensor = [...sensors, ...lookups].find(({ table }) => table.name === name);
if (sensor === undefined) throw new Error(`No sensor looks at "${name}"`);
const look = await sensor.look(host, AbortSignal.timeout(20_000));
process.stdout.write(JSON.stringify(look), () => process.exit(0));
