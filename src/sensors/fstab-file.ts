/** Hears of changes of /etc/fstab: see docs/sensors/fstab-file.md. */

import { hearFiles } from './file-listener.ts';
import { mounts } from './mount-table.ts';

export default hearFiles({
  name: 'fstab-file',
  doc: 'Changes of /etc/fstab: what will be mounted at the next boot is told at once.',
  table: mounts.name,
  paths: () => ['/etc/fstab'],
});
