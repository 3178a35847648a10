/** Hears of changes of the package database: see docs/sensors/package-database.md. */

import { hearFiles } from './file-listener.ts';

export default hearFiles({
  name: 'package-database',
  doc: 'File events of the status file of dpkg and of the wish for a reboot.',
  table: 'packages',
  paths: () => ['/var/lib/dpkg/status', '/run/reboot-required'],
  kinds: ['written', 'created', 'deleted', 'moved-from', 'moved-to'],
});
