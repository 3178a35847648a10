/** Hears of changes of apt's sources, keys and settings: see docs/sensors/package-source-files.md. */

import { hearFiles } from './file-listener.ts';
import { SOURCE_PATHS } from './package-sources.ts';

export default hearFiles({
  name: 'package-source-files',
  doc: "File events of apt's sources, key rings and settings.",
  table: 'package-sources',
  paths: () => SOURCE_PATHS,
});
