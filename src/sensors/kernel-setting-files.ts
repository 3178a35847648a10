/** Hears of changes of sysctl.d: see docs/sensors/kernel-setting-files.md. What is written to /proc/sys tells nobody. */

import { hearFiles } from './file-listener.ts';
import { sysctlPlaces } from './sysctl-files.ts';

export default hearFiles({
  name: 'kernel-setting-files',
  doc: 'Changes of the files of sysctl.d, which set the kernel at each boot.',
  table: 'kernel-settings',
  paths: () => sysctlPlaces,
});
