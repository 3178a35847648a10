/** Hears of changes of the files behind `start-points`: see docs/sensors/start-point-files.md. */

import { parsePasswd } from '#formats/passwd.ts';
import { textOf } from '#lib/text-of.ts';
import { isFailure } from '#model/host.ts';
import { hearFiles } from './file-listener.ts';
import { families } from './start-points/families.ts';

const MAX_HOMES = 1000;

export default hearFiles({
  name: 'start-point-files',
  doc: 'File events of every place that starts programs.',
  table: 'start-points',
  paths(host) {
    const bytes = host.files.read('/etc/passwd');
    const users = isFailure(bytes) ? [] : parsePasswd(textOf(bytes)).rows;
    const homes = [...new Set(users.map(({ home }) => home.replace(/\/+$/, '')))].filter((home) => home.length > 1);
    return families.flatMap((family) => family.paths(homes.slice(0, MAX_HOMES)));
  },
});
