/** Writes a repository of apt that is switched off. See docs/drills/package-source.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'package-source',
  doc: 'Writes a repository of apt that is switched off, for a moment.',
  rules: ['package-source-new'],
  within: '/etc/apt/sources.list.d',
  path: '/etc/apt/sources.list.d/telltale-rehearsal.sources',
  text: '# A rehearsal of Telltale; it may be deleted.\nEnabled: no\nTypes: deb\nURIs: https://rehearsal.invalid/\nSuites: ./\n',
});
