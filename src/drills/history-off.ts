/** Writes a start file that would switch off the history of commands, for a moment. See docs/drills/history-off.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'history-off',
  doc: 'Writes a start file that would switch off the history of commands, for a moment.',
  // The line is part of what is told of the new start file, where that is told first.
  rules: ['history-disabled', 'start-point-new'],
  within: '/etc/profile.d',
  path: '/etc/profile.d/telltale-rehearsal.sh',
  text: '# A rehearsal of Telltale; it may be deleted.\nif false; then unset HISTFILE; fi\n',
});
