/** Jobs of at(1) that wait for their time. */

import { parseAtName, parseAtScript } from '#formats/at-job.ts';
import { injectsCode } from '#formats/shell-tricks.ts';
import { digestOf, entryOf } from './entry.ts';
import type { Family } from './family.ts';

const SPOOLS = ['/var/spool/cron/atjobs', '/var/spool/at'];
/** Made by at itself. */
const NO_JOBS = new Set(['.SEQ', '.lockfile', 'spool', '.place']);

export const at: Family = {
  name: 'at',
  paths: () => [...SPOOLS, '/etc/at.allow', '/etc/at.deny'],
  read(reading) {
    for (const spool of SPOOLS)
      for (const name of reading.names(spool)) {
        const path = `${spool}/${name}`;
        if (NO_JOBS.has(name) || reading.isFolder(path)) continue;
        reading.read(path, ({ stat, problem, text }) => {
          const job = parseAtName(name);
          if (job === undefined || problem !== '')
            return [
              entryOf({ kind: 'at', path, problem: problem || 'atd takes no file of this name', enabled: false }),
            ];
          const { uid, environment, commands } = parseAtScript(text);
          const when = `once, at ${new Date(job.timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
          const injected = environment.filter((line) => injectsCode(line.slice(0, line.indexOf('='))));
          return [
            entryOf({
              kind: 'at',
              path,
              user: reading.host.userName(uid < 0 ? stat.uid : uid),
              when,
              command: commands.replaceAll('\n', '; '),
              text: commands,
              environment: injected,
              digest: digestOf(text),
            }),
          ];
        });
      }
  },
};
