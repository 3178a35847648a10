/** Telltale: watches this host, says in plain words what changed, and keeps the evidence. Commands are in cli/. */

import { main } from '#cli/main.ts';

process.exitCode = await main(process.argv.slice(2));
